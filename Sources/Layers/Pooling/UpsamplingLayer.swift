import Kernels
import Tensors

/// How the cells of a larger plane are found.
public enum Interpolation: String, Codable, Hashable, Sendable {
  /// The cell that a new one lies in.
  case nearest
  /// Linear between the centres of the four nearest cells.
  case bilinear
}

/// A layer that makes sequences or planes larger by whole factors.
protocol UpsamplingLayer: Layer {
  static var axes: Int { get }
  var factor: [Int] { get }
  var interpolation: Interpolation { get }
}

extension UpsamplingLayer {
  public var memoryUse: LayerMemoryUse { LayerMemoryUse(backwardReads: .nothing) }

  public func output(for inputs: [ValueSpec]) throws -> ValueSpec {
    guard !inputs[0].isIndices else { throw LayerError.expectedNumbers }
    guard factor.count == Self.axes,
      factor.allSatisfy({ (1...WindowOptions.largest).contains($0) })
    else {
      throw LayerError.option(
        name: "factor", expected: "\(Self.axes) number(s), 1 or more", found: "\(factor)")
    }
    let shape = inputs[0].shape
    guard shape.rank == Self.axes + 1, shape.count > 0 else {
      throw LayerError.inputShape(
        expected: Self.axes == 1 ? "[time, channels]" : "[height, width, channels]", found: shape)
    }
    var extents = shape.dimensions
    for axis in 0..<Self.axes {
      extents[axis] = try Shape(checking: [extents[axis], factor[axis]]).count
    }
    return ValueSpec(try Shape(checking: extents))
  }

  /// The window over the small tensor whose strides are the factors.
  private func window(_ small: TensorView) -> Window {
    func axis(_ place: Int) -> WindowAxis {
      WindowAxis(
        input: small.shape[place + 1], output: small.shape[place + 1] * factor[place], taps: 1,
        stride: factor[place])
    }
    let channels = small.shape.last
    return Window(
      height: Self.axes == 1 ? .one : axis(0), width: axis(Self.axes - 1), input: channels,
      output: channels)
  }

  /// The way from every cell to all those that it becomes.
  private func walk(_ small: TensorView, _ large: TensorView) -> StridedWalk {
    var walk = StridedWalk()
    walk.append(
      small.shape[0], sourceStride: small.shape.stride(0), targetStride: large.shape.stride(0))
    for axis in 1...Self.axes {
      walk.append(
        small.shape[axis], sourceStride: small.shape.stride(axis),
        targetStride: large.shape.stride(axis) * factor[axis - 1])
      walk.append(factor[axis - 1], sourceStride: 0, targetStride: large.shape.stride(axis))
    }
    walk.append(small.shape.last, sourceStride: 1, targetStride: 1)
    return walk
  }

  public func forward(_ pass: ForwardPass) {
    let x = pass.inputs[0]
    if interpolation == .bilinear {
      Kernels.upsampleLinear(x, window(x), into: pass.output, on: pass.workers)
    } else {
      Kernels.copy(x, into: pass.output, along: walk(x, pass.output), on: pass.workers)
    }
  }

  public func backward(_ pass: BackwardPass) {
    guard let target = pass.inputGradients[0] else { return }
    if interpolation == .bilinear {
      Kernels.upsampleLinearGradient(
        pass.outputGradient, window(target), into: target, on: pass.workers)
    } else {
      target.clear()
      Kernels.add(
        pass.outputGradient, to: target, along: walk(target, pass.outputGradient).reversed,
        on: pass.workers)
    }
  }
}
