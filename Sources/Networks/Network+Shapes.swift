import Layers
import Tensors

extension Network {
  /// The same network for inputs of other extents along their free axes.
  ///
  /// Layers only ever see shapes that are known: a plan is compiled for each.
  ///
  /// - Parameter shapes: of one example of every input, in order.
  /// - Throws: ``NetworkError`` when an input does not take its shape, a layer not what then
  ///   reaches it, or when parameters would have another shape.
  public func withInputs(shaped shapes: [Shape]) throws -> Network {
    precondition(
      shapes.count == inputs.count, "expected \(inputs.count) shapes, found \(shapes.count)")
    if shapes == inputs.map(\.shape) { return self }
    var inputs = inputs
    for (index, shape) in shapes.enumerated() {
      guard inputs[index].accepts(shape) else {
        throw NetworkError.inputShape(
          input: inputs[index].name, expected: inputs[index].shapeDescription, found: shape)
      }
      inputs[index].shape = shape
    }
    let network = try Network(inputs: inputs, nodes: nodes, outputs: outputs)
    guard try ParameterLayout(network) == ParameterLayout(self) else {
      throw NetworkError.parametersDependOnShape
    }
    return network
  }
}

extension NetworkInput {
  /// The shape as a person writes it, with `any` for a free axis: `[any, any, 3]`.
  public var shapeDescription: String {
    let extents = shape.dimensions.enumerated().map {
      freeAxes.contains($0.offset) ? "any" : "\($0.element)"
    }
    return "[" + extents.joined(separator: ", ") + "]"
  }
}
