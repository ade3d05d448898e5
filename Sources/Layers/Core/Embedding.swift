import Kernels
import Tensors

/// A table of vectors, looked up by index: y = kernel[x].
///
/// - Input: `[...]` of indices (`Int32`) below the vocabulary size.
/// - Output: `[..., dimension]`; a trailing axis of extent 1 is replaced, so that a column of
///   categories `[1]` becomes `[dimension]`.
/// - Parameters: `kernel` `[vocabulary, dimension]`.
public struct Embedding: Layer {
  public static let kind = "embedding"
  public static var defaults: Embedding { Embedding(vocabularySize: 1, dimension: 1) }
  public static var neededOptions: [String] { ["dimension", "vocabulary_size"] }

  /// The number of rows of the table.
  public var vocabularySize: Int

  /// The length of a vector.
  public var dimension: Int

  /// How the table starts; normal with deviation 0.05.
  public var kernelInitializer: Initializer

  /// A table of vectors.
  public init(
    vocabularySize: Int, dimension: Int,
    kernelInitializer: Initializer = .normal(mean: 0, deviation: 0.05)
  ) {
    self.vocabularySize = vocabularySize
    self.dimension = dimension
    self.kernelInitializer = kernelInitializer
  }

  private enum CodingKeys: String, CodingKey {
    case vocabularySize = "vocabulary_size"
    case dimension
    case kernelInitializer = "kernel_initializer"
  }

  public func output(for inputs: [ValueSpec]) throws -> ValueSpec {
    guard inputs[0].isIndices else { throw LayerError.expectedIndices }
    guard vocabularySize > 0 else {
      throw LayerError.option(
        name: "vocabulary_size", expected: "1 or more", found: "\(vocabularySize)")
    }
    guard dimension > 0 else {
      throw LayerError.option(name: "dimension", expected: "1 or more", found: "\(dimension)")
    }
    // The kernel.
    _ = try Shape(checking: [vocabularySize, dimension])
    var extents = inputs[0].shape.dimensions
    if extents.last == 1 { extents.removeLast() }
    return ValueSpec(try Shape(checking: extents + [dimension]))
  }

  public func parameters(for inputs: [ValueSpec]) -> [ParameterSpec] {
    [
      ParameterSpec(
        name: "kernel", shape: [vocabularySize, dimension], axes: "vocabulary,dimension",
        role: .kernel, initializer: kernelInitializer,
        fan: Fan(input: vocabularySize, output: dimension))
    ]
  }

  public func forward(_ pass: ForwardPass) {
    Kernels.gatherRows(
      of: pass.parameters[0], at: pass.inputs[0].asVector, into: pass.output.asRows,
      on: pass.workers)
  }

  public func backward(_ pass: BackwardPass) {
    guard let gradient = pass.parameterGradients[0] else { return }
    Kernels.scatterAddRows(
      pass.outputGradient.asRows, at: pass.forward.inputs[0].asVector, into: gradient)
  }
}

extension TensorView {
  /// The same elements as one axis.
  var asVector: TensorView { reshaped(to: Shape(count)) }
}
