/// The values of the network that are in the graph, in the orders of axes in which they were wanted.
final class ONNXValues {
  private let graph: ONNXGraphWriter
  private var values: [String: ONNXValue] = [:]
  /// Values that were turned, in order, and whether their channels then come first.
  private(set) var turned: [(name: String, isFirst: Bool)] = []

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
    // What has its channels first has two axes at least.
    let result = turn(first, [0] + Array(2..<rank + 1) + [1], name)
    turned.append((name, false))
    values[name]?.last = result
    return result
  }

  /// The name of a value with the channels first.
  func first(_ name: String, rank: Int) -> String {
    let value = value(name)
    if let first = value.first { return first }
    guard let last = value.last, rank > 1 else { return value.last ?? name }
    let result = turn(last, [0, rank] + Array(1..<rank), name)
    turned.append((name, true))
    values[name]?.first = result
    return result
  }

  private func turn(_ value: String, _ axes: [Int], _ name: String) -> String {
    graph.add(
      "Transpose", [value], [.integers("perm", axes)], outputs: [true], named: "\(name)/Transpose")[
        0]
  }
}
