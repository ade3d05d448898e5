import Kernels
import Tensors

/// The inputs side by side along one axis.
///
/// - Inputs: alike but for that axis. Output: the same with the sum of their extents along it.
public struct Concatenate: Layer {
  public static let kind = "concatenate"
  public static var defaults: Concatenate { Concatenate() }
  public static var mainOption: String? { "axis" }
  public static let inputCount = 1...Int.max

  /// The axis of an example, counted from 0 without the batch axis; −1, the usual one, is the
  /// innermost.
  public var axis: Int

  /// A layer that puts its inputs side by side.
  public init(axis: Int = -1) { self.axis = axis }

  private enum CodingKeys: String, CodingKey { case axis }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    // The first files knew the innermost axis only.
    axis = try container.decodeIfPresent(Int.self, forKey: .axis) ?? -1
  }

  public var memoryUse: LayerMemoryUse { LayerMemoryUse(backwardReads: .nothing) }

  public func output(for inputs: [ValueSpec]) throws -> ValueSpec {
    let first = inputs[0].shape
    guard axis >= -first.rank, axis < first.rank else {
      throw LayerError.option(name: "axis", expected: "an axis of \(first)", found: "\(axis)")
    }
    let place = axis < 0 ? axis + first.rank : axis
    var extent = 0
    for input in inputs {
      guard !input.isIndices else { throw LayerError.expectedNumbers }
      guard input.shape.rank == first.rank,
        input.shape.replacing(axis: place, with: 0) == first.replacing(axis: place, with: 0)
      else {
        throw LayerError.inputShape(
          expected: "\(first) but for axis \(axis), as the first input", found: input.shape)
      }
      extent += input.shape[place]
    }
    var extents = first.dimensions
    extents[place] = extent
    return ValueSpec(try Shape(checking: extents))
  }

  public func forward(_ pass: ForwardPass) {
    let output = rows(pass.output)
    var column = 0
    for input in pass.inputs {
      let input = rows(input)
      Kernels.copyColumns(of: input, from: 0, count: input.rowCount, into: output, at: column)
      column += input.rowCount
    }
  }

  public func backward(_ pass: BackwardPass) {
    let outputGradient = rows(pass.outputGradient)
    var column = 0
    for (input, gradient) in zip(pass.forward.inputs, pass.inputGradients) {
      let count = rows(input).rowCount
      if let gradient {
        Kernels.copyColumns(
          of: outputGradient, from: column, count: count, into: rows(gradient), at: 0)
      }
      column += count
    }
  }

  /// The elements as rows that are put side by side: the axis and all inside of it in one row.
  private func rows(_ view: TensorView) -> TensorView {
    let place = axis < 0 ? axis + view.shape.rank : axis + 1
    let width = view.shape[place] * view.shape.stride(place)
    return view.reshaped(to: Shape(view.count / max(width, 1), width))
  }
}
