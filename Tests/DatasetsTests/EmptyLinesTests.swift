import Testing

@testable import Datasets

@Suite("Empty lines")
struct EmptyLinesTests {
  @Test("Empty lines are reported with the numbers of the first ones")
  func numbers() throws {
    #expect(try table("a,b\n1,2\n\n3,4\n").notes == ["empty line 3 left out"])
    #expect(
      try table("a,b\r\n\r\n1,2\r\n  \r\n3,4\r\n\r\n").notes
        == ["3 empty lines left out: 2, 4, 6"])
    let many = (0..<20).map { "\($0),1\n\n" }.joined()
    #expect(
      try table("a,b\n" + many).notes == ["20 empty lines left out: 3, 5, 7, 9, 11 and 15 more"])
  }

  @Test("Line numbers count the lines within quotes")
  func quotes() throws {
    #expect(try table("a,b\n1,\"x\ny\"\n\n3,z\n").notes == ["empty line 4 left out"])
  }

  @Test("Blocks of one file add up in their order")
  func blocks() throws {
    let rows = (0..<3000).map { $0 % 1000 == 0 ? "\n" : "\($0),1\n" }.joined()
    let folder = try Folder()
    let source = try ByteSource(path: folder.file("a,b\n" + rows))
    let reader = try CSVReader(source, options: CSVOptions(), blockByteCount: 4096)
    let block = RowBlock()
    var report = EncodingReport()
    while try reader.next(into: block) {
      try block.index()
      var part = EncodingReport()
      part.emptyLines.add(block)
      report.add(part)
    }
    #expect(report.lines == ["3 empty lines left out: 2, 1002, 2002"])
  }
}
