import Workflows

/// A graph as lines of text: a node on each, and at the left the values that are still to be taken, as
/// lines that part and meet.
struct GraphText {
  private let graph: GraphReport
  private let terminal: Terminal
  /// The node whose value runs in a column; nil where a column is free.
  private var columns: [Int?] = []
  /// How often the value of a node is still to be taken.
  private var open: [Int]
  private var lines: [(rails: String, words: [String])] = []

  /// The lines for a graph.
  static func lines(_ graph: GraphReport, for terminal: Terminal) -> [String] {
    var text = GraphText(graph, terminal)
    text.draw()
    return text.table()
  }

  private init(_ graph: GraphReport, _ terminal: Terminal) {
    self.graph = graph
    self.terminal = terminal
    open = [Int](repeating: 0, count: graph.nodes.count)
    for edge in graph.edges { open[edge.from] += 1 }
  }

  private mutating func draw() {
    let edges = graph.edges
    var next = 0
    for (index, node) in graph.nodes.enumerated() {
      var sources: [Int] = []
      while next < edges.count, edges[next].to == index {
        sources.append(edges[next].from)
        next += 1
      }
      for source in sources { open[source] -= 1 }
      let before = columns
      let taken = before.indices.filter { column in before[column].map(sources.contains) ?? false }
      // A column whose value nobody takes any more goes on with this node's value.
      let ended = taken.filter { before[$0].map { open[$0] == 0 } ?? false }
      let target = ended.first ?? columns.firstIndex(of: nil) ?? columns.count
      for column in ended { columns[column] = nil }
      if target == columns.count { columns.append(nil) }
      columns[target] = index
      let joins = Set(taken.filter { $0 != target || !ended.contains($0) })
      if !joins.isEmpty {
        lines.append((connection(before, from: Set(taken), to: target), []))
      }
      let rails = columns.indices.map { column in
        column == target ? mark(node) : columns[column] == nil ? " " : vertical
      }
      lines.append((rails.joined(separator: " "), words(node)))
      if open[index] == 0 { columns[target] = nil }
      while columns.last == .some(nil) { columns.removeLast() }
    }
  }

  // MARK: Lines

  private var vertical: String { terminal.isUnicode ? "│" : "|" }

  private func mark(_ node: GraphReport.Node) -> String {
    guard terminal.isUnicode else { return node.isInput ? "o" : "*" }
    return node.isInput ? "○" : node.isOutput ? "◆" : "●"
  }

  /// The line above a node that takes from columns other than its own.
  private func connection(_ before: [Int?], from taken: Set<Int>, to target: Int) -> String {
    let ends = taken.union([target])
    let (first, last) = (ends.min() ?? target, ends.max() ?? target)
    var text = ""
    for column in 0..<max(before.count, columns.count) {
      let isActive = column < before.count && before[column] != nil
      let isEnd = ends.contains(column)
      let goesOn = column < columns.count && columns[column] != nil
      let isBetween = column > first && column < last
      text += GraphText.character(
        up: isActive, down: goesOn, left: isEnd && column > first || isBetween && !isActive,
        right: isEnd && column < last || isBetween && !isActive, isUnicode: terminal.isUnicode)
      text += column >= first && column < last ? (terminal.isUnicode ? "─" : "-") : " "
    }
    return text
  }

  private static func character(
    up: Bool, down: Bool, left: Bool, right: Bool, isUnicode: Bool
  ) -> String {
    guard isUnicode else {
      return (left || right) ? ((up || down) ? "+" : "-") : (up || down) ? "|" : " "
    }
    switch (up, down, left, right) {
    case (true, true, true, true): return "┼"
    case (true, true, true, false): return "┤"
    case (true, true, false, true): return "├"
    case (true, false, true, true): return "┴"
    case (false, true, true, true): return "┬"
    case (true, false, true, false): return "┘"
    case (true, false, false, true): return "└"
    case (false, true, true, false): return "┐"
    case (false, true, false, true): return "┌"
    case (false, false, false, false): return " "
    case (false, false, _, _): return "─"
    default: return "│"
    }
  }

  // MARK: Words

  private func words(_ node: GraphReport.Node) -> [String] {
    let times = terminal.isUnicode ? "×" : "x"
    let details = node.details.map { terminal.isUnicode ? $0 : $0.replacing("×", with: "x") }
    return [
      node.name.printable, ([node.kind] + details).joined(separator: " ").printable,
      node.shape.map { $0.map(String.init).joined(separator: times) } ?? "",
      node.parameterCount == 0 ? "" : NumberText.count(node.parameterCount),
    ]
  }

  private func table() -> [String] {
    let width = lines.map(\.rails.count).max() ?? 0
    var table = TextTable([
      ("layer", .left), ("kind", .left), ("output", .left), ("parameters", .right),
    ])
    for line in lines where !line.words.isEmpty { table.add(line.words) }
    let narrow = Terminal(
      width: terminal.width - width - 1, usesColor: terminal.usesColor,
      isUnicode: terminal.isUnicode)
    var rows = table.lines(for: narrow)[...]
    var result = [String(repeating: " ", count: width) + (rows.popFirst() ?? "")]
    for line in lines {
      if line.words.isEmpty {
        result.append(line.rails)
      } else {
        result.append(line.rails.padded(to: width) + (rows.popFirst() ?? ""))
      }
    }
    return result.map { line in
      var line = line
      while line.last == " " { line.removeLast() }
      return line
    }
  }
}
