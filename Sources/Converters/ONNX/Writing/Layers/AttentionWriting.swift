import Formats
import Layers

extension MultiHeadAttention: ONNXWritable {
  /// The products of attention one by one: MatMul, Softmax and MatMul of heads that stand beside the batch.
  func write(to writer: ONNXLayerWriter) -> ONNXValue {
    let count = writer.node.inputs.count - (isMasked ? 1 : 0)
    let (query, key, value) = (0, min(1, count - 1), count - 1)
    // [batch, heads, steps, size]; keys with the last two turned.
    let queries = writer.transpose(heads(of: query, "query", keySize, writer), [0, 2, 1, 3])
    let keys = writer.transpose(heads(of: key, "key", keySize, writer), [0, 2, 3, 1])
    let values = writer.transpose(
      heads(of: value, "value", valueSize ?? keySize, writer), [0, 2, 1, 3])
    let scale = writer.graph.number(1 / Double(keySize).squareRoot())
    let scores = writer.add("Mul", [writer.add("MatMul", [queries, keys]), scale])
    let weights =
      hidden(query: query, key: key, writer).map { hidden in
        writer.add("Softmax", [writer.add("Add", [scores, hidden])], .integer("axis", -1))
      } ?? self.weights(of: scores, seen: seen(query: query, key: key, writer), writer)
    let together = writer.transpose(
      writer.add("MatMul", [weights, values]), [0, 2, 1, 3])
    return ONNXValue(
      last: project(writer.reshape(together, [0, 0, -1]), "output", writer))
  }

  /// x · kernel + bias of a part.
  private func project(_ x: String, _ part: String, _ writer: ONNXLayerWriter) -> String {
    let product = writer.add("MatMul", [x, writer.parameter("\(part)_kernel")])
    return usesBias ? writer.add("Add", [product, writer.parameter("\(part)_bias")]) : product
  }

  private func heads(
    of place: Int, _ part: String, _ size: Int, _ writer: ONNXLayerWriter
  ) -> String {
    writer.reshape(project(writer.input(place), part, writer), [0, 0, heads, size])
  }

  /// What hides later sources from each target when it is added, where that is a table of moderate size:
  /// 0, or a number below all scores, as other programs write it.
  private func hidden(query: Int, key: Int, _ writer: ONNXLayerWriter) -> String? {
    guard isCausal, !isMasked, let targets = writer.inputExtents[query][0],
      let sources = writer.inputExtents[key][0], sources <= Self.largestTable / targets
    else { return nil }
    let table = (0..<targets).flatMap { target in
      (0..<sources).map { $0 <= target ? 0 : Self.unseen }
    }
    return writer.graph.numbers(table, shape: [targets, sources])
  }

  /// The most numbers of a table: a file may claim any number of steps.
  private static let largestTable = 1 << 18

  /// The score of what is not seen: its exponential is 0 beside that of any other.
  private static let unseen: Float = -1e30

  /// Which sources each target sees, as truth values that are repeated to `[batch, heads, targets,
  /// sources]`; nil where that is all.
  private func seen(query: Int, key: Int, _ writer: ONNXLayerWriter) -> String? {
    var parts: [String] = []
    if isCausal {
      let targets = writer.unsqueeze(writer.places(of: writer.input(query), axis: 1), axes: 1)
      let sources = writer.unsqueeze(writer.places(of: writer.input(key), axis: 1), axes: 0)
      parts.append(writer.add("LessOrEqual", [sources, targets]))
    }
    if isMasked {
      let mask = writer.cast(writer.input(writer.node.inputs.count - 1), to: .bool)
      parts.append(writer.unsqueeze(mask, axes: 1, 2))
    }
    return parts.count == 2 ? writer.add("And", parts) : parts.first
  }

  /// Softmax over the sources that are seen.
  private func weights(of scores: String, seen: String?, _ writer: ONNXLayerWriter) -> String {
    guard let seen else { return writer.add("Softmax", [scores], .integer("axis", -1)) }
    let least = writer.graph.numbers([Self.unseen])
    let weights = writer.add(
      "Softmax", [writer.add("Where", [seen, scores, least])], .integer("axis", -1))
    // A target that sees nothing gets nothing: then all sources are alike.
    return isMasked ? writer.add("Where", [seen, weights, writer.graph.number(0)]) : weights
  }
}

extension SequenceMask: ONNXWritable {
  /// 1 where the index is not that of the padding.
  func write(to writer: ONNXLayerWriter) -> ONNXValue {
    let index = writer.graph.index(
      Int32(truncatingIfNeeded: padding), named: "\(writer.node.name)/padding")
    let isPadding = writer.add("Equal", [writer.input(), index])
    return ONNXValue(last: writer.cast(writer.add("Not", [isPadding]), to: .float32))
  }
}

extension MaskedAverage: ONNXWritable {
  /// Σ mask · x / Σ mask; where there is nothing the first is 0 and is divided by 1.
  func write(to writer: ONNXLayerWriter) -> ONNXValue {
    let mask = writer.input(1)
    let sum = writer.add("MatMul", [writer.unsqueeze(mask, axes: 1), writer.input()])
    let count = writer.add(
      "ReduceSum", [mask, writer.graph.integers([1])], .integer("keepdims", 1))
    let isNone = writer.add("Equal", [count, writer.graph.number(0)])
    let divisor = writer.add("Where", [isNone, writer.graph.number(1), count])
    return ONNXValue(last: writer.add("Div", [writer.squeeze(sum, axis: 1), divisor]))
  }
}
