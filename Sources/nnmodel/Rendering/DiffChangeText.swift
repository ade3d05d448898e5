import ModelFiles
import Workflows

/// A difference in words, or several of one thing.
struct DiffChangeText {
  private let changes: [Change]
  private let part: ComparisonPart
  private let terminal: Terminal

  /// - Parameter changes: at least one; several where all of them are of one thing.
  init(_ changes: [Change], of part: ComparisonPart, _ terminal: Terminal) {
    self.changes = changes
    self.part = part
    self.terminal = terminal
  }

  /// Differences of one thing together, in the order of the first of each.
  static func groups(_ changes: [Change], of part: ComparisonPart) -> [[Change]] {
    var groups: [[Change]] = []
    var places: [String: Int] = [:]
    for change in changes {
      let owner = names(of: change, in: part).dropLast().joined(separator: "/")
      if change.kind == .changed, !owner.isEmpty, let place = places[owner] {
        groups[place].append(change)
      } else {
        if change.kind == .changed { places[owner] = groups.count }
        groups.append([change])
      }
    }
    return groups
  }

  /// A sign, what is meant, and what it was and is.
  func lines(width: Int) -> [String] {
    guard let first = changes.first else { return [] }
    let (sign, style): (String, Terminal.Style) =
      switch first.kind {
      case .added: ("+", .green)
      case .removed: ("-", .red)
      case .changed: ("~", .cyan)
      case .moved: ("^", .cyan)
      case .renamed: ("=", .cyan)
      }
    return text.wrapped(to: width - 6).enumerated().map { index, line in
      index == 0 ? "  \(terminal.styled(sign, style)) \(line)" : "      \(line)"
    }
  }

  private var text: String {
    let names = DiffChangeText.names(of: changes[0], in: part)
    guard changes.count > 1 else {
      return "\(names.joined(separator: "/").printable): \(words(changes[0]))"
    }
    let parts = changes.map { change in
      let name = DiffChangeText.names(of: change, in: part).last ?? ""
      return "\(name.printable) \(words(change))"
    }
    return "\(names.dropLast().joined(separator: "/").printable): "
      + parts.joined(separator: ", ")
  }

  /// The names of a path below its part.
  private static func names(of change: Change, in part: ComparisonPart) -> [String] {
    let names = change.path.split(separator: "/").map(String.init)
    return names.count > 1 && names[0] == part.rawValue ? Array(names.dropFirst()) : names
  }
}

// MARK: - Values

extension DiffChangeText {
  private func words(_ change: Change) -> String {
    let (old, new) = texts(change)
    switch change.kind {
    case .added: return new.isEmpty ? "added" : new
    case .removed: return old.isEmpty ? "removed" : old
    case .changed: return old.isEmpty && new.isEmpty ? "changed" : "\(old) \(arrow) \(new)"
    case .moved: return "moved, \(old) \(arrow) \(new)"
    case .renamed: return "is now \(new)"
    }
  }

  private var arrow: String { terminal.isUnicode ? "→" : "->" }

  /// Both values, with as many digits as it takes to tell them apart.
  private func texts(_ change: Change) -> (old: String, new: String) {
    for digits in [4, 8] {
      let (old, new) = (text(change.old, digits: digits), text(change.new, digits: digits))
      if old != new { return (old, new) }
    }
    return (text(change.old, digits: 17), text(change.new, digits: 17))
  }

  private func text(_ value: ConfigurationValue?, digits: Int) -> String {
    let most = digits < 17 ? 8 : 1000
    switch value {
    case nil: return ""
    case ConfigurationValue.none?: return "none"
    case .number(let number)?: return NumberText.short(number, digits: digits)
    case .text(let text)?: return text.printable.cut(to: 15 * most, isUnicode: terminal.isUnicode)
    case .map(let options)?:
      if case .text(let kind)? = options["kind"] { return kind }
      return options.sorted { $0.key < $1.key }.prefix(most)
        .map { "\($0.key.printable) \(text($0.value, digits: digits))" }.joined(separator: ", ")
    case .list(let values)?:
      let shown = values.prefix(most).map { text($0, digits: digits) }.joined(separator: ", ")
      let mark = terminal.isUnicode ? "…" : "..."
      return values.count > most
        ? "\(shown), \(mark) (\(values.count))" : shown.isEmpty ? "none" : shown
    case let value?: return value.yaml.printable
    }
  }
}
