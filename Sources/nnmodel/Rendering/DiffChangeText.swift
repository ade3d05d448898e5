import Workflows

/// One difference in words.
struct DiffChangeText {
  private let change: Change
  private let path: String
  private let terminal: Terminal

  init(_ change: Change, leavingOut prefix: String, _ terminal: Terminal) {
    self.change = change
    self.terminal = terminal
    path =
      (change.path.hasPrefix(prefix) ? String(change.path.dropFirst(prefix.count)) : change.path)
      .printable
  }

  /// A sign, what is meant, and what it was and is.
  func lines(width: Int) -> [String] {
    let (sign, style): (String, Terminal.Style) =
      switch change.kind {
      case .added: ("+", .green)
      case .removed: ("-", .red)
      case .changed: ("~", .cyan)
      case .moved: ("^", .cyan)
      case .renamed: ("=", .cyan)
      }
    let text = "\(path): \(words)".wrapped(to: width - 6)
    return text.enumerated().map { index, line in
      index == 0 ? "  \(terminal.styled(sign, style)) \(line)" : "      \(line)"
    }
  }

  private var words: String {
    let (old, new) = texts
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
  private var texts: (old: String, new: String) {
    let short = (text(change.old, digits: 4), text(change.new, digits: 4))
    guard short.0 == short.1, change.old != nil else { return short }
    return (text(change.old, digits: 17), text(change.new, digits: 17))
  }

  private func text(_ value: ConfigurationValue?, digits: Int) -> String {
    switch value {
    case nil: return ""
    case ConfigurationValue.none?: return "none"
    case .number(let number)?: return NumberText.short(number, digits: digits)
    case .text(let text)?: return text.printable.cut(to: 120, isUnicode: terminal.isUnicode)
    case .map(let options)?:
      if case .text(let kind)? = options["kind"] { return kind }
      return options.sorted { $0.key < $1.key }.prefix(6)
        .map { "\($0.key.printable) \(text($0.value, digits: digits))" }.joined(separator: ", ")
    case .list(let values)?:
      let shown = values.prefix(8).map { text($0, digits: digits) }.joined(separator: ", ")
      return values.count > 8 ? "\(shown), … (\(values.count))" : shown.isEmpty ? "none" : shown
    case let value?: return value.yaml
    }
  }
}
