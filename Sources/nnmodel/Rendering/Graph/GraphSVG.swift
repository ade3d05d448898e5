import Foundation
import Workflows

/// A graph as a picture that needs nothing but itself: SVG 1.1 with its style in it.
enum GraphSVG {
  private static let boxHeight = 44.0
  private static let rowHeight = 78.0
  private static let margin = 24.0
  private static let titleHeight = 34.0

  /// The whole picture.
  static func text(_ graph: GraphReport) -> String {
    let labels = graph.nodes.map(label)
    // The upper line is bold; both are as wide as a usual sans-serif of their size.
    let widths = labels.map { label in
      max(76, 24 + max(7.4 * Double(label.name.count), 6.3 * Double(label.words.count)))
    }
    let layout = GraphLayout(widths: widths, edges: graph.edges)
    let titleWidth = 9 * Double(graph.title.count)
    let width = max(layout.width, titleWidth) + 2 * margin
    let left = margin + max(0, titleWidth - layout.width) / 2
    let height = titleHeight + Double(layout.rowCount) * rowHeight + margin
    func top(_ row: Int) -> Double { titleHeight + margin / 2 + Double(row) * rowHeight }

    var lines = [
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(number(width)) \(number(height))\" "
        + "width=\"\(number(width))\" height=\"\(number(height))\" role=\"img\" "
        + "aria-label=\"\(graph.title.xml)\">",
      "<title>\(graph.title.xml)</title>", "<style>\(style)</style>",
      "<rect class=\"page\" width=\"100%\" height=\"100%\"/>",
      "<text class=\"title\" x=\"\(number(margin))\" y=\"30\">\(graph.title.xml)</text>",
    ]
    for line in layout.lines {
      let points = line.map { item -> (x: Double, top: Double, bottom: Double) in
        let item = layout.items[item]
        let y = top(item.row)
        return (left + item.x, y, y + boxHeight)
      }
      lines.append("<path class=\"edge\" d=\"\(path(points))\"/>")
    }
    for item in layout.items {
      guard let index = item.node else { continue }
      let (node, label) = (graph.nodes[index], labels[index])
      let (x, y) = (left + item.x - item.width / 2, top(item.row))
      let classes = node.isOutput ? "box output \(family(node))" : "box \(family(node))"
      lines += [
        "<g class=\"\(classes)\"><title>\(hint(node).xml)</title>",
        "<rect x=\"\(number(x))\" y=\"\(number(y))\" width=\"\(number(item.width))\" "
          + "height=\"\(number(boxHeight))\" rx=\"\(node.isInput ? 22 : 7)\"/>",
        "<text class=\"name\" x=\"\(number(left + item.x))\" y=\"\(number(y + 19))\">"
          + "\(label.name.xml)</text>",
        "<text class=\"words\" x=\"\(number(left + item.x))\" y=\"\(number(y + 35))\">"
          + "\(label.words.xml)</text>", "</g>",
      ]
    }
    return (lines + ["</svg>"]).joined(separator: "\n") + "\n"
  }

  // MARK: Words

  private static func label(_ node: GraphReport.Node) -> (name: String, words: String) {
    let shape = node.shape.map {
      $0.isEmpty ? "one number" : $0.map(String.init).joined(separator: "×")
    }
    let kind = ([node.kind] + node.details).joined(separator: " ")
    // A name that says the kind already is not followed by it.
    let says = node.name == node.kind || node.isInput
    let words = (says && node.details.isEmpty ? [] : [kind]) + [shape].compactMap(\.self)
    return (node.name.printable.cut(to: 40), words.joined(separator: " → ").printable.cut(to: 60))
  }

  private static func hint(_ node: GraphReport.Node) -> String {
    let parameters =
      node.parameterCount == 0 ? "" : ", \(NumberText.count(node.parameterCount, "parameter"))"
    return "\(node.name): \(([node.kind] + node.details).joined(separator: " "))\(parameters)"
      .printable
  }

  // MARK: Lines

  private static func path(_ points: [(x: Double, top: Double, bottom: Double)]) -> String {
    guard let first = points.first else { return "" }
    var text = "M\(number(first.x)) \(number(first.bottom))"
    for (from, to) in zip(points, points.dropFirst()) {
      let middle = (from.bottom + to.top) / 2
      text +=
        " C\(number(from.x)) \(number(middle)) \(number(to.x)) \(number(middle)) "
        + "\(number(to.x)) \(number(to.top))"
      // A line that only passes a row goes straight through it.
      if to.bottom != points[points.count - 1].bottom { text += " V\(number(to.bottom))" }
    }
    return text
  }

  private static func number(_ value: Double) -> String {
    let rounded = (value * 10).rounded() / 10
    return rounded == rounded.rounded() ? "\(Int(rounded))" : "\(rounded)"
  }

  // MARK: Colours

  /// What a kind is akin to, for its colour.
  private static func family(_ node: GraphReport.Node) -> String {
    let kind = node.kind.lowercased()
    func has(_ words: String...) -> Bool { words.contains { kind.contains($0) } }
    if node.isInput { return "data" }
    if has("norm") { return "norm" }
    if has("conv") { return "conv" }
    if has("pool", "sampl", "resize") { return "pool" }
    if has("lstm", "gru", "rnn", "recurrent", "bidirectional") { return "recurrent" }
    if has("attention", "embed") { return "attention" }
    if has("dense", "gemm", "matmul", "linear") { return "dense" }
    if has("relu", "activation", "sigmoid", "tanh", "softmax", "elu", "swish") { return "function" }
    return "other"
  }

  private static let style = """
    text{font-family:system-ui,"Segoe UI",Helvetica,Arial,sans-serif;text-anchor:middle;fill:#1b1f24}\
    .title{font-size:16px;font-weight:600;text-anchor:start}\
    .name{font-size:12.5px;font-weight:600}.words{font-size:11px;fill:#57606a}\
    .page{fill:#fff}.edge{fill:none;stroke:#8c959f;stroke-width:1.4}\
    .box rect{fill:#f6f8fa;stroke:#afb8c1;stroke-width:1.2}.output rect{stroke-width:2.6}\
    .data rect{fill:#eef1f4;stroke:#57606a}.dense rect{fill:#ddf4ff;stroke:#54aeff}\
    .conv rect{fill:#fff1e5;stroke:#fb8f44}.pool rect{fill:#fff8c5;stroke:#d4a72c}\
    .norm rect{fill:#dafbe1;stroke:#4ac26b}.recurrent rect{fill:#fbefff;stroke:#c297ff}\
    .attention rect{fill:#ffeff7;stroke:#ff80c8}.function rect{fill:#ffebe9;stroke:#ff8182}\
    @media(prefers-color-scheme:dark){text{fill:#e6edf3}.words{fill:#9da7b3}.page{fill:#0d1117}\
    .edge{stroke:#6e7681}.box rect{fill:#161b22;stroke:#484f58}.data rect{stroke:#8b949e}\
    .dense rect{stroke:#388bfd}.conv rect{stroke:#db6d28}.pool rect{stroke:#bb8009}\
    .norm rect{stroke:#2ea043}.recurrent rect{stroke:#a371f7}.attention rect{stroke:#db61a2}\
    .function rect{stroke:#f85149}}
    """
}

extension String {
  /// The text as it stands between tags or quotes of XML 1.0.
  fileprivate var xml: String {
    String(
      flatMap { character -> String in
        switch character {
        case "&": "&amp;"
        case "<": "&lt;"
        case ">": "&gt;"
        case "\"": "&quot;"
        default: String(character)
        }
      })
  }
}
