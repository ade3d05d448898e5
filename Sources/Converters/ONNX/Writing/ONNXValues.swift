/// The values of the network that are in the graph, in the orders of axes in which they were wanted.
final class ONNXValues {
  private let graph: ONNXGraphWriter
  private var values: [String: ONNXValue] = [:]

  /// No values yet.
  init(_ graph: ONNXGraphWriter) { self.graph = graph }

  /// Sets the value of an input or a node.
  func set(_ name: String, to value: ONNXValue) { values[name] = value }

  /// The value of an input or a node.
  func value(_ name: String) -> ONNXValue { values[name] ?? ONNXValue(last: name) }

  /// Whether a value is there with the channels first.
  func hasFirst(_ name: String) -> Bool { values[name]?.first != nil }

  /// The name of a value with the channels last; turned when it was not wanted so before.
  func last(_ name: String, rank: Int) -> String {
    let value = value(name)
    if let last = value.last { return last }
    guard let first = value.first else { return name }
    let axes = [0] + (rank > 1 ? Array(2...rank) : []) + [1]
    let turned = turn(first, rank > 1 ? axes : [0, 1], name)
    values[name]?.last = turned
    return turned
  }

  /// The name of a value with the channels first.
  func first(_ name: String, rank: Int) -> String {
    let value = value(name)
    if let first = value.first { return first }
    guard let last = value.last, rank > 1 else { return value.last ?? name }
    let turned = turn(last, [0, rank] + Array(1..<rank), name)
    values[name]?.first = turned
    return turned
  }

  private func turn(_ value: String, _ axes: [Int], _ name: String) -> String {
    graph.add(
      "Transpose", [value], [.integers("perm", axes)], outputs: [true], named: "\(name)/Transpose")[
        0]
  }
}
