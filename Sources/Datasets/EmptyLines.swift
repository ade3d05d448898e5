/// Lines without anything in them, which are left out: how many, and where the first ones are.
public struct EmptyLines: Hashable, Sendable {
  /// How many lines are remembered by number.
  static let shownCount = 5

  /// The number of empty lines.
  public private(set) var count = 0

  /// The numbers of the first ones, from 1.
  public private(set) var first: [Int] = []

  /// No empty lines yet.
  public init() {}

  /// Adds those of a block that has been indexed.
  package mutating func add(_ block: RowBlock) {
    let places = block.grid.firstEmptyLines.prefix(EmptyLines.shownCount - first.count)
    first += places.map { block.line(at: $0) }
    count += block.grid.emptyLines
  }

  /// Adds those that come later in the same file.
  package mutating func add(_ later: EmptyLines) {
    first += later.first.prefix(EmptyLines.shownCount - first.count)
    count += later.count
  }

  /// A line about them, nil where there are none.
  public var note: String? {
    let numbers = first.map { "\($0)" }.joined(separator: ", ")
    switch count {
    case 0: return nil
    case 1: return "empty line \(numbers) left out"
    case first.count: return "\(count) empty lines left out: \(numbers)"
    default: return "\(count) empty lines left out: \(numbers) and \(count - first.count) more"
    }
  }
}
