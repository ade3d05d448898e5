import Workflows

/// A graph in the language of Graphviz.
enum GraphDOT {
  /// The whole text.
  static func text(_ graph: GraphReport) -> String {
    var lines = [
      "digraph \(quoted(graph.title)) {", "  rankdir=TB;",
      "  node [shape=box, style=rounded, fontname=\"Helvetica\"];",
    ]
    for (index, node) in graph.nodes.enumerated() {
      let kind = ([node.kind] + node.details).joined(separator: " ")
      let shape = node.shape.map { $0.map(String.init).joined(separator: "×") }
      let label = ([node.name, kind] + [shape].compactMap(\.self)).map(escaped)
        .joined(separator: "\\n")
      let look = node.isInput ? ", shape=oval" : node.isOutput ? ", penwidth=2" : ""
      lines.append("  n\(index) [label=\"\(label)\"\(look)];")
    }
    lines += graph.edges.map { "  n\($0.from) -> n\($0.to);" }
    return (lines + ["}"]).joined(separator: "\n") + "\n"
  }

  private static func quoted(_ text: String) -> String { "\"\(escaped(text))\"" }

  private static func escaped(_ text: String) -> String {
    text.printable.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
  }
}
