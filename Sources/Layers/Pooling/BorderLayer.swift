import Kernels
import Tensors

/// A layer that adds or takes away cells around a sequence or a plane.
protocol BorderLayer: Layer {
  static var axes: Int { get }
  static var isCropping: Bool { get }
  var cells: [[Int]] { get }
}

extension BorderLayer {
  public var memoryUse: LayerMemoryUse { LayerMemoryUse(backwardReads: .nothing) }

  public func output(for inputs: [ValueSpec]) throws -> ValueSpec {
    guard !inputs[0].isIndices else { throw LayerError.expectedNumbers }
    let isRight =
      cells.count == Self.axes
      && cells.allSatisfy { pair in
        pair.count == 2 && pair.allSatisfy { (0...WindowOptions.largest).contains($0) }
      }
    guard isRight else {
      throw LayerError.option(
        name: "cells", expected: "[before, after] for each of \(Self.axes)", found: "\(cells)")
    }
    let shape = inputs[0].shape
    guard shape.rank == Self.axes + 1 else {
      throw LayerError.inputShape(
        expected: Self.axes == 1 ? "[time, channels]" : "[height, width, channels]", found: shape)
    }
    var extents = shape.dimensions
    for (axis, pair) in cells.enumerated() {
      extents[axis] += (Self.isCropping ? -1 : 1) * (pair[0] + pair[1])
      guard extents[axis] > 0 else {
        throw LayerError.inputShape(
          expected: "more than \(pair[0] + pair[1]) cells along axis \(axis)", found: shape)
      }
    }
    return ValueSpec(try Shape(checking: extents))
  }

  /// The way through all cells of the smaller tensor, and where they begin in the larger one.
  private func walk(_ small: TensorView, _ large: TensorView) -> (walk: StridedWalk, offset: Int) {
    var walk = StridedWalk()
    var offset = 0
    for axis in 0..<small.shape.rank {
      walk.append(
        small.shape[axis], sourceStride: small.shape.stride(axis),
        targetStride: large.shape.stride(axis))
      if axis > 0, axis <= Self.axes { offset += cells[axis - 1][0] * large.shape.stride(axis) }
    }
    return (walk, offset)
  }

  public func forward(_ pass: ForwardPass) {
    copy(pass.inputs[0], into: pass.output, crops: Self.isCropping, on: pass.workers)
  }

  public func backward(_ pass: BackwardPass) {
    guard let target = pass.inputGradients[0] else { return }
    copy(pass.outputGradient, into: target, crops: !Self.isCropping, on: pass.workers)
  }

  private func copy(
    _ source: TensorView, into target: TensorView, crops: Bool, on workers: Workers
  ) {
    if crops {
      let (walk, offset) = walk(target, source)
      Kernels.copy(source, from: offset, into: target, along: walk.reversed, on: workers)
    } else {
      let (walk, offset) = walk(source, target)
      target.clear()
      Kernels.copy(source, into: target, at: offset, along: walk, on: workers)
    }
  }
}
