import Catalogs

/// What is wrong with a table, and where.
public struct TableError: Error, Hashable, Sendable {
  /// The file, or what else the table came from.
  public let source: String

  /// The line of the file, counted from 1 as an editor does.
  public let line: Int?

  /// The column by its name.
  public let column: String?

  /// What is wrong.
  public let problem: Problem

  /// A problem of a table.
  public init(_ source: String, line: Int? = nil, column: String? = nil, _ problem: Problem) {
    self.source = source
    self.line = line
    self.column = column
    self.problem = problem
  }

  /// What can be wrong with a table.
  public enum Problem: Hashable, Sendable {
    // The file.
    case noSuchFile
    case isDirectory
    case cannotRead(String)
    case damagedGzip(String)
    case foreignFormat(String)
    case empty
    case noRows
    // Its text.
    case wideEncoding(String)
    case notUTF8(String)
    case zeroByte
    case openQuote
    case textAfterQuote
    case recordTooLong(limit: Int)
    case ragged(expected: Int, found: Int)
    case duplicateColumn(first: Int, second: Int)
    // Its values.
    case notANumber(found: String)
    case notATruth(found: String)
    case infinite(found: String)
    case tooLarge(found: String)
    case notAnIndex(found: String, count: Int)
    case missingValue
    /// A row whose target is missing is of no use.
    case missingTarget
    case unknownCategory(found: String, known: [String])
    case unknownClass(found: String, known: [String])
    // What was asked of it.
    case noSuchColumn(columns: [String])
    case missingColumn(columns: [String])
    case constantTarget(found: String)
    case oneClass(found: String)
    case tooManyClasses(count: Int, rows: Int)
    case targetNeedsNumbers
    case noFeatures
    case noTrainingRows
    case noTargetColumn(columns: [String])
    case keptTwice
    case usedTwice
    case blockShape(expected: String, found: Int)
    case blockOrder(first: String)
    case inputNameTaken
    case incompleteSteps(count: Int, channels: Int)
    case noTokens
    case columnCount(inputs: Int, targets: Int, found: Int)
    case tooManyValues(count: Int, limit: Int)
  }
}

extension TableError: CustomStringConvertible {
  public var description: String {
    var parts = [source]
    if let line { parts.append("line \(line)") }
    if let column { parts.append("column '\(column)'") }
    parts.append(problem.words(column: column))
    return parts.joined(separator: ": ")
  }
}

extension TableError.Problem {
  func words(column: String?) -> String {
    switch self {
    case .noSuchFile: "no such file"
    case .isDirectory: "expected a table, found a directory"
    case .cannotRead(let reason): "cannot be read: \(reason)"
    case .damagedGzip(let reason): "damaged gzip data: \(reason)"
    case .foreignFormat(let format): "expected delimited text, found \(format)"
    case .empty: "expected a table, found an empty file"
    case .noRows: "expected rows below the header, found none"
    case .wideEncoding(let encoding):
      "expected UTF-8, found \(encoding); convert it with: iconv -f \(encoding) -t UTF-8"
    case .notUTF8(let found):
      "expected UTF-8, found '\(found)'; convert it with: iconv -f WINDOWS-1252 -t UTF-8"
    case .zeroByte: "expected text, found a zero byte"
    case .openQuote: "a quote is opened and never closed"
    case .textAfterQuote:
      "expected a delimiter after a closing quote, found text; inside quotes, write \" as \"\""
    case .recordTooLong(let limit):
      "a record is longer than \(limit >> 20) MiB; is a quote missing?"
    case .ragged(let expected, let found):
      "expected \(counted(expected, "field")), found \(found)"
    case .duplicateColumn(let first, let second):
      "columns \(first) and \(second) have the same name; rename one"
    case .notANumber(let found): "expected a number, found '\(found)'"
    case .notATruth(let found): "expected true or false, found '\(found)'"
    case .infinite(let found): "expected a finite number, found '\(found)'"
    case .tooLarge(let found): "expected a number within ±3.4e38, found '\(found)'"
    case .notAnIndex(let found, let count):
      "expected a whole number from 0 to \(count - 1), found '\(found)'"
    case .missingValue: "a value is missing"
    case .missingTarget: "the target is missing; fill it in or leave the row out"
    case .unknownCategory(let found, let known):
      "unknown category '\(found)'; known: \(listed(known))"
    case .unknownClass(let found, let known): "unknown class '\(found)'; known: \(listed(known))"
    case .noSuchColumn(let columns):
      "no such column\(suggestion(column, columns)); the file has: \(listed(columns))"
    case .missingColumn(let columns):
      "the column is missing\(suggestion(column, columns)); the file has: \(listed(columns))"
    case .constantTarget(let found): "the target is \(found) in every row; nothing can be learned"
    case .oneClass(let found): "the target has one class, '\(found)'; at least two are needed"
    case .tooManyClasses(let count, let rows):
      "the target has \(count) classes in \(rows) rows; is it a number or an identifier?"
    case .targetNeedsNumbers: "regression needs a target of numbers, found text"
    case .noFeatures: "no column is left to learn from"
    case .noTrainingRows: "no rows are left to train on"
    case .noTargetColumn(let columns):
      "the target column is not there\(suggestion(column, columns)); "
        + "the file has: \(listed(columns))"
    case .keptTwice: "a column of this name is written already"
    case .usedTwice: "the column is used twice"
    case .blockShape(let expected, let found):
      "expected as many columns as an input of \(expected) has elements, found \(found)"
    case .blockOrder(let first):
      "expected a range that ends behind its start, found '\(first)' first"
    case .inputNameTaken: "two inputs of the network would have this name; choose another"
    case .incompleteSteps(let count, let channels):
      "expected steps of \(channels) numbers each, found \(count) numbers"
    case .noTokens: "no training row has anything in it"
    case .tooManyValues(let count, let limit):
      "a row of predictions has \(count) values, and text at most \(limit); write arrays with -o "
        + "predictions.npz"
    case .columnCount(let inputs, let targets, let found):
      "expected \(counted(inputs, "column")), one for each number that the model takes"
        + (targets > 0 ? ", and \(targets) for its targets" : "") + ", found \(found)"
    }
  }

  private func counted(_ count: Int, _ noun: String) -> String {
    count == 1 ? "1 \(noun)" : "\(count) \(noun)s"
  }

  private func listed(_ names: [String]) -> String {
    let shown = names.prefix(20).joined(separator: ", ")
    return names.count > 20 ? "\(shown), … (\(names.count) in all)" : shown
  }

  private func suggestion(_ name: String?, _ names: [String]) -> String {
    name.map { Catalogs.suggestion(for: $0, among: names.prefix(1000)) } ?? ""
  }
}
