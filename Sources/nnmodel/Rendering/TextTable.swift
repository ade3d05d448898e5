/// Rows of words in columns that line up.
struct TextTable {
  /// On which side the words of a column stand.
  enum Alignment { case left, right }

  private let titles: [String]
  private let alignments: [Alignment]
  private var rows: [[String]] = []

  /// A table with titled columns.
  init(_ columns: [(title: String, alignment: Alignment)]) {
    titles = columns.map { $0.title }
    alignments = columns.map { $0.alignment }
  }

  /// Adds a row with a word for every column.
  mutating func add(_ row: [String]) {
    precondition(row.count == titles.count, "a row has \(titles.count) words")
    rows.append(row)
  }

  /// The lines, indented, no wider than the terminal: the widest columns of words are cut.
  func lines(indent: Int = 2, for terminal: Terminal) -> [String] {
    let widths = widths(within: max(terminal.width, 40) - indent)
    let margin = String(repeating: " ", count: indent)
    let title = margin + line(titles, widths, terminal)
    return [terminal.styled(title, .dim)] + rows.map { margin + line($0, widths, terminal) }
  }

  private func widths(within limit: Int) -> [Int] {
    var widths = titles.indices.map { column in
      ([titles] + rows).reduce(0) { max($0, $1[column].count) }
    }
    let gaps = 2 * (widths.count - 1)
    // Only words are cut, never numbers.
    while widths.reduce(gaps, +) > limit {
      let cuttable = widths.indices.filter { alignments[$0] == .left && widths[$0] > 8 }
      guard let widest = cuttable.max(by: { widths[$0] < widths[$1] }) else { break }
      widths[widest] -= 1
    }
    return widths
  }

  private func line(_ words: [String], _ widths: [Int], _ terminal: Terminal) -> String {
    var line = ""
    for (column, word) in words.enumerated() {
      let word = word.cut(to: widths[column], isUnicode: terminal.isUnicode)
      let space = String(repeating: " ", count: widths[column] - word.count)
      line +=
        (column == 0 ? "" : "  ") + (alignments[column] == .left ? word + space : space + word)
    }
    while line.last == " " { line.removeLast() }
    return line
  }
}

extension String {
  /// The text, or its beginning and a mark where it is longer than the limit.
  func cut(to limit: Int, isUnicode: Bool = true) -> String {
    guard count > limit else { return self }
    let mark = isUnicode ? "…" : "~"
    return String(prefix(max(limit - 1, 0))) + mark
  }

  /// The text broken between words into lines of at most so many characters.
  func wrapped(to width: Int) -> [String] {
    var lines: [String] = []
    var line = ""
    for word in split(separator: " ") {
      if !line.isEmpty, line.count + 1 + word.count > width {
        lines.append(line)
        line = ""
      }
      line += (line.isEmpty ? "" : " ") + word
    }
    return line.isEmpty ? lines : lines + [line]
  }
}
