import Foundation

@testable import Datasets

/// A folder that is gone when the test is over.
final class Folder {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory
      .appendingPathComponent("datasets-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  /// Writes a file and gives its path.
  func file(_ bytes: [UInt8], named name: String = "table.csv") throws -> String {
    let file = url.appendingPathComponent(name)
    try Data(bytes).write(to: file)
    return file.path
  }

  func file(_ text: String, named name: String = "table.csv") throws -> String {
    try file(Array(text.utf8), named: name)
  }
}

/// Reads a table from text.
func table(_ text: String, _ options: TableOptions = TableOptions()) throws -> Table {
  try table(Array(text.utf8), options)
}

func table(_ bytes: [UInt8], _ options: TableOptions = TableOptions()) throws -> Table {
  let folder = try Folder()
  return try Table(contentsOf: folder.file(bytes), options: options)
}

/// The message that reading a text gives, without the path; nil when it is read.
func message(_ text: String, _ options: TableOptions = TableOptions()) throws -> String? {
  try message(Array(text.utf8), options)
}

func message(_ bytes: [UInt8], _ options: TableOptions = TableOptions()) throws -> String? {
  do {
    _ = try table(bytes, options)
    return nil
  } catch let error as TableError {
    return String(error.description.dropFirst(error.source.count + 2))
  }
}

/// The message of an error that a closure must throw, without the source.
func message(_ body: () throws -> Void) -> String? {
  do {
    try body()
    return nil
  } catch let error as TableError {
    return String(error.description.dropFirst(error.source.count + 2))
  } catch {
    return "\(error)"
  }
}

extension TableColumn {
  /// The values as text, for comparing.
  var shown: [String] {
    switch values {
    case .numbers(let numbers): numbers.map { $0.isNaN ? "-" : "\($0)" }
    case .names(let codes, let names): codes.map { $0 < 0 ? "-" : names[Int($0)] }
    }
  }
}

/// All records of a file as the contents of their fields, read in blocks of a given size.
func records(_ path: String, blockByteCount: Int) throws -> [[String]] {
  let reader = try CSVReader(ByteSource(path: path), blockByteCount: blockByteCount)
  let block = RowBlock()
  var records = [reader.header]
  while try reader.next(into: block) {
    try block.index()
    for row in 0..<block.rowCount {
      records.append(
        (0..<reader.header.count).map {
          String(decoding: block.content(row: row, column: $0), as: UTF8.self)
        })
    }
  }
  return records
}
