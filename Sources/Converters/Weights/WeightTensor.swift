import Kernels
import Networks
import Tensors

/// A tensor as files have it, and where its numbers lie among the parameters of a network.
struct WeightTensor: Sendable {
  /// What its numbers are.
  enum Numbers: Sendable {
    /// Parts of parameters. Together they fill the tensor.
    case parts([WeightPart])
    /// One of two tensors whose sum is a parameter; the first is written as all of it, the other as 0.
    case summand(WeightPart, isFirst: Bool)
    /// The same number everywhere, which our layer has not as a parameter.
    case constant(Double)
    /// A count of steps, which has no influence.
    case counter
  }

  /// The name behind that of its module, as `weight_ih_l0`.
  var name: String
  /// The shape in the file.
  var shape: Shape
  /// What its numbers are.
  var numbers: Numbers
  /// Whether they are those of another tensor of the network, by which a file may have them alone.
  var isTied = false

  /// Whether it is a count of steps.
  var isCounter: Bool {
    if case .counter = numbers { true } else { false }
  }

  /// Whether a file may do without it.
  var isOptional: Bool { isCounter || isTied }

  /// The paths of the parameters that it is made of.
  var parameters: [String] {
    switch numbers {
    case .parts(let parts): parts.map(\.parameter)
    case .summand(let part, _): [part.parameter]
    case .constant, .counter: []
    }
  }

  /// Whether the file has the very order of a parameter.
  var isSameOrder: Bool {
    guard case .parts(let parts) = numbers, parts.count == 1 else { return false }
    return parts[0].isSameOrder
  }
}

/// Elements that a tensor of a file has in common with a parameter, in whatever order.
struct WeightPart: Sendable {
  /// An axis of the part, and how many elements apart its places are.
  struct Axis: Sendable {
    var extent: Int
    var fileStride: Int
    var ownStride: Int

    init(_ extent: Int, file: Int, own: Int) {
      self.extent = extent
      fileStride = file
      ownStride = own
    }
  }

  /// The path of the parameter.
  var parameter: String
  /// The axes, outermost first.
  var axes: [Axis]
  /// The first element in the file's tensor.
  var fileOffset = 0
  /// The first element in the parameter.
  var ownOffset = 0

  /// All of a parameter in its own order.
  init(all parameter: String, shape: Shape) {
    self.parameter = parameter
    axes = [Axis(shape.count, file: 1, own: 1)]
  }

  /// A part along axes.
  init(_ parameter: String, fileOffset: Int = 0, ownOffset: Int = 0, axes: [Axis]) {
    self.parameter = parameter
    self.fileOffset = fileOffset
    self.ownOffset = ownOffset
    self.axes = axes
  }

  /// Whether both sides have one order.
  var isSameOrder: Bool {
    fileOffset == ownOffset
      && axes.filter { $0.extent > 1 }.allSatisfy { $0.fileStride == $0.ownStride }
  }

  /// The way from the file to the parameter.
  var walk: StridedWalk {
    var walk = StridedWalk()
    for axis in tiled {
      walk.append(axis.extent, sourceStride: axis.fileStride, targetStride: axis.ownStride)
    }
    return walk
  }

  /// The extent of a tile: as many float32 as a line of memory has.
  private static let tile = 16

  /// The axes, where rows become columns in tiles: otherwise every element would touch a line of memory
  /// of its own.
  private var tiled: [Axis] {
    let tile = WeightPart.tile
    guard let row = axes.firstIndex(where: { $0.fileStride == 1 }),
      let column = axes.firstIndex(where: { $0.ownStride == 1 }), row != column,
      [row, column].allSatisfy({ axes[$0].extent % tile == 0 && axes[$0].extent > 0 })
    else { return axes }
    let pair = [axes[column], axes[row]]
    let others = axes.indices.filter { $0 != row && $0 != column }.map { axes[$0] }
    let outer = pair.map {
      Axis($0.extent / tile, file: $0.fileStride * tile, own: $0.ownStride * tile)
    }
    return outer + others + pair.map { Axis(tile, file: $0.fileStride, own: $0.ownStride) }
  }
}

/// Tensors that belong together: those of a module of PyTorch.
struct WeightModule: Sendable {
  /// The node whose parameters they are.
  var node: String
  /// What follows the node's name where a layer is several modules, as `.pointwise`; else nothing.
  var suffix = ""
  /// The name that is written.
  var exportName: String
  /// The tensors, in each of the forms in which files have them; the first is written.
  var forms: [[WeightTensor]]
  /// Whether the name is but a number, which means nothing where not all names fit.
  var isNumbered: Bool { exportName.split(separator: ".").first?.allSatisfy(\.isNumber) ?? true }

  /// The names under which it may stand in a file.
  var names: [String] { exportName == node + suffix ? [exportName] : [exportName, node + suffix] }

  /// The full name of one of its tensors.
  func fullName(_ tensor: WeightTensor) -> String {
    exportName.isEmpty ? tensor.name : "\(exportName).\(tensor.name)"
  }

  /// The tensors as they are written.
  var written: [WeightTensor] { forms.first ?? [] }
}

// MARK: - Numbers

/// What is done with the numbers of a summand: those of the parameters, or what an optimizer knows about
/// them, which is the same for both summands.
enum WeightMeaning: Sendable {
  case values
  case optimizerState
}

extension WeightTensor {
  /// Writes the numbers of a tensor of a file into parameters.
  ///
  /// - Parameter views: of the parameters by path, of the tensor's element type.
  func store(
    _ tensor: TensorView, into views: [String: TensorView], meaning: WeightMeaning,
    on workers: Workers
  ) {
    func copy(_ part: WeightPart, adding: Bool = false) {
      guard let target = views[part.parameter] else { return }
      if adding {
        Kernels.add(
          tensor, from: part.fileOffset, to: target, at: part.ownOffset, along: part.walk,
          on: workers)
      } else {
        Kernels.copy(
          tensor, from: part.fileOffset, into: target, at: part.ownOffset, along: part.walk,
          on: workers)
      }
    }
    switch numbers {
    case .parts(let parts): for part in parts { copy(part) }
    case .summand(let part, let isFirst):
      if isFirst || meaning == .values { copy(part, adding: !isFirst) }
    case .constant, .counter: break
    }
  }

  /// The tensor that a file gets.
  ///
  /// - Parameters:
  ///   - parameters: float32 or float64.
  ///   - entries: those of their layout by path.
  ///   - stepCount: what a count of steps says.
  func tensor(
    of parameters: Parameters, _ entries: [String: ParameterLayout.Entry],
    meaning: WeightMeaning = .values, stepCount: Int = 0
  ) -> Tensor {
    var result: Tensor
    switch numbers {
    case .parts(let parts):
      result = Tensor(zeros: shape, elementType: parameters.elementType)
      for part in parts { WeightTensor.load(part, of: parameters, entries, into: &result) }
    case .summand(let part, let isFirst):
      result = Tensor(zeros: shape, elementType: parameters.elementType)
      if isFirst || meaning == .optimizerState {
        WeightTensor.load(part, of: parameters, entries, into: &result)
      }
    case .constant(let value):
      result = Tensor(zeros: shape, elementType: parameters.elementType)
      result.withMutableView { Kernels.fill($0, with: value) }
    case .counter: result = Tensor([Int64(stepCount)], shape: shape)
    }
    return result
  }

  private static func load(
    _ part: WeightPart, of parameters: Parameters, _ entries: [String: ParameterLayout.Entry],
    into result: inout Tensor
  ) {
    guard let source = entries[part.parameter].map({ parameters[$0] }) else { return }
    result.withMutableView { target in
      source.withView { source in
        Kernels.copy(
          source, from: part.ownOffset, into: target, at: part.fileOffset,
          along: part.walk.reversed, on: Workers(threadCount: 1))
      }
    }
  }
}
