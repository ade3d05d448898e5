import Foundation
import Testing

@testable import Datasets

struct CSVReaderTests {
  @Test(
    "The same three rows are read in every dialect",
    arguments: [
      "name,size,note\nAnn,1.5,x\nBob,2,y\nCy,-3e2,z\n",
      "name,size,note\r\nAnn,1.5,x\r\nBob,2,y\r\nCy,-3e2,z\r\n",
      "name,size,note\rAnn,1.5,x\rBob,2,y\rCy,-3e2,z\r",
      "name,size,note\nAnn,1.5,x\nBob,2,y\nCy,-3e2,z",
      "\u{FEFF}name,size,note\nAnn,1.5,x\nBob,2,y\nCy,-3e2,z\n",
      "name;size;note\nAnn;1,5;x\nBob;2;y\nCy;-3e2;z\n",
      "name;size;note\nAnn;1.5;x\nBob;2;y\nCy;-3e2;z\n",
      "name\tsize\tnote\nAnn\t1.5\tx\nBob\t2\ty\nCy\t-3e2\tz\n",
      "name|size|note\nAnn|1.5|x\nBob|2|y\nCy|-3e2|z\n",
      "\"name\",\"size\",\"note\"\n\"Ann\",\"1.5\",\"x\"\n\"Bob\",2,\"y\"\n\"Cy\",\"-3e2\",z\n",
      "name, size, note\nAnn, 1.5, x\nBob, 2, \"y\"\nCy, -3e2 ,z\n",
      "\n\nname,size,note\n\nAnn,1.5,x\n  \nBob,2,y\nCy,-3e2,z\n\n",
    ])
  func dialects(_ text: String) throws {
    let table = try table(text)
    #expect(table.columns.map(\.name) == ["name", "size", "note"])
    #expect(table.columns.map(\.kind) == [.category, .number, .category])
    #expect(table.columns[0].shown == ["Ann", "Bob", "Cy"])
    #expect(table.columns[1].values == .numbers([1.5, 2, -300]))
    #expect(table.columns[2].shown == ["x", "y", "z"])
  }

  @Test("Quoted fields hold delimiters, newlines and doubled quotes")
  func quotes() throws {
    let table = try table(
      "a,b\n\"x, y\",1\n\"line\nline\",2\n\"say \"\"hi\"\"\",3\n\"\",4\n5\" disk,5\n")
    #expect(table.columns[0].shown == ["x, y", "line\nline", "say \"hi\"", "-", "5\" disk"])
    #expect((0..<5).map(table.line(ofRow:)) == [2, 3, 5, 6, 7])
  }

  @Test(
    "Blocks of any size hold the same records as the whole file", arguments: [1, 7, 33, 64, 97])
  func blocks(_ size: Int) throws {
    var text = "id,text,value\n"
    for row in 0..<400 {
      switch row % 5 {
      case 0: text += "\(row),plain,\(row).5\n"
      case 1: text += "\(row),\"with, comma and \"\"quotes\"\"\",\(row).5\r\n"
      case 2: text += "\(row),\"two\nlines\n\",-\(row)\n\n"
      case 3: text += "\(row), \"blank around\" ,1e\(row % 30)\n"
      default: text += "\(row),a \"stray\" quote,\"\"\n"
      }
    }
    let folder = try Folder()
    let path = try folder.file(text)
    let whole = try records(path, blockByteCount: 1 << 20)
    #expect(whole.count == 401)
    #expect(whole[2] == ["1", "with, comma and \"quotes\"", "1.5"])
    #expect(whole[3] == ["2", "two\nlines\n", "-2"])
    #expect(whole[4] == ["3", "blank around", "1e3"])
    #expect(whole[5] == ["4", "a \"stray\" quote", ""])
    #expect(try records(path, blockByteCount: size) == whole)
  }

  @Test("Clean quotes at every place of a vector are found as byte by byte")
  func quotesAtVectorEdges() throws {
    for lead in 0..<140 {
      let pad = String(repeating: "p", count: lead)
      let read = try table("a,b,c\n\(pad),\"x,\"\"\ny\",7\n\"\",\"\"\"\",8\n")
      #expect(read.columns[1].shown == ["x,\"\ny", "\""])
      #expect(read.columns[2].values == .numbers([7, 8]))
    }
  }

  @Test("Without a header columns are numbered")
  func noHeader() throws {
    let found = try table("1,red\n2,blue\n")
    #expect(found.columns.map(\.name) == ["column_1", "column_2"])
    #expect(found.rowCount == 2)
    #expect(found.notes == ["no header found; columns are called column_1 to column_2"])
    var options = TableOptions()
    options.csv.hasHeader = true
    let given = try table("1,red\n2,blue\n", options)
    #expect(given.columns.map(\.name) == ["1", "red"])
    options.csv.hasHeader = false
    #expect(try table("x,y\n1,2\n", options).rowCount == 2)
  }

  @Test("A delimiter that is given is used, and an empty name becomes a number")
  func givenDelimiter() throws {
    var options = TableOptions()
    options.csv.delimiter = .bar
    let read = try table("a;b|\n1;2|3\n", options)
    #expect(read.columns.map(\.name) == ["a;b", "column_2"])
    #expect(read.columns[0].shown == ["1;2"])
  }

  @Test("What is wrong is said with its line")
  func faults() throws {
    #expect(try message("") == "expected a table, found an empty file")
    #expect(try message("\n \n") == "expected a table, found an empty file")
    #expect(try message("a,b\n") == "expected rows below the header, found none")
    #expect(try message("a,b\n1,2\n3\n") == "line 3: expected 2 fields, found 1")
    #expect(try message("a,b\n1,2\n\n3,4,5\n") == "line 4: expected 2 fields, found 3")
    #expect(try message("a,b\n\"1\n1\",2\n3,4,5\n") == "line 4: expected 2 fields, found 3")
    #expect(try message("a,b\n1,2\n3,\"4\n5,6\n") == "line 3: a quote is opened and never closed")
    #expect(
      try message("a,b\n1,2\n\"3\"x,4\n")
        == "line 3: expected a delimiter after a closing quote, found text; "
        + "inside quotes, write \" as \"\"")
    #expect(try message("a,b\n1,2\n3,\u{0}\n") == "line 3: expected text, found a zero byte")
    #expect(
      try message("a,b,a\n1,2,3\n")
        == "line 1: column 'a': columns 1 and 3 have the same name; rename one")
    #expect(
      try message([0xFF, 0xFE, 0x61, 0])
        == "expected UTF-8, found UTF-16; convert it with: iconv -f UTF-16 -t UTF-8")
    #expect(
      try message(Array("a,b\n1,x\n2,caf".utf8) + [0xE9, 0x0A])
        == "line 3: column 'b': expected UTF-8, found 'caf\u{FFFD}'; "
        + "convert it with: iconv -f WINDOWS-1252 -t UTF-8")
    #expect(
      try message([0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A])
        == "expected delimited text, found an HDF5 file")
    let long = "a,b\n1,\"" + String(repeating: "x", count: 17 << 20) + "\"\n"
    #expect(
      try message(long) == "line 2: a record is longer than 16 MiB; is a quote missing?")
  }

  @Test("A file that cannot be opened is named with the reason")
  func noFile() throws {
    let folder = try Folder()
    let missing = folder.url.appendingPathComponent("no.csv").path
    #expect(throws: TableError(missing, .noSuchFile)) { try Table(contentsOf: missing) }
    #expect(throws: TableError(folder.url.path, .isDirectory)) {
      try Table(contentsOf: folder.url.path)
    }
  }

  @Test("Gzip is unpacked whatever its name, also of several members")
  func gzip() throws {
    let folder = try Folder()
    var rows = "a,b\n"
    for row in 0..<50_000 { rows += "\(row),\(row * 7 % 1000).25\n" }
    let whole = try folder.file(rows)
    let first = try folder.file(String(rows.prefix(rows.count / 2)), named: "first")
    let second = try folder.file(String(rows.dropFirst(rows.count / 2)), named: "second")
    let packed = folder.url.appendingPathComponent("packed.csv").path
    let command = Process()
    command.executableURL = URL(fileURLWithPath: "/bin/sh")
    command.arguments = [
      "-c", "gzip -c '\(first)' > '\(packed)'; gzip -c '\(second)' >> '\(packed)'",
    ]
    try command.run()
    command.waitUntilExit()
    #expect(try records(packed, blockByteCount: 1 << 16) == records(whole, blockByteCount: 1 << 16))

    let bytes = try Array(Data(contentsOf: URL(fileURLWithPath: packed)))
    #expect(try message(Array(bytes.dropLast(20))) == "damaged gzip data: it ends too early")
    #expect(try message(bytes + [1, 2]) == "damaged gzip data: something else follows its end")
    #expect(try message(bytes + [0, 0, 0]) == nil)
    var damaged = bytes
    damaged[bytes.count / 3] ^= 0x55
    #expect(try message(damaged)?.hasPrefix("damaged gzip data: ") == true)
  }

  @Test("Every byte is shown once to whoever takes a fingerprint")
  func observer() throws {
    let text = "a,b\n" + String(repeating: "1,2\n", count: 5000)
    let folder = try Folder()
    var seen: [UInt8] = []
    let source = try ByteSource(path: folder.file(text)) { seen += $0 }
    let reader = try CSVReader(source, blockByteCount: 1000)
    let block = RowBlock()
    while try reader.next(into: block) {}
    #expect(seen == Array(text.utf8))
  }
}
