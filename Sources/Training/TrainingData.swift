import Layers
import Networks
import Tensors

/// Rows to learn from or to be judged by: one tensor per network input, and the targets.
public struct TrainingData: Sendable {
  /// The inputs in the order of the network's inputs, rows along the first axis.
  public var inputs: [Tensor]

  /// What the outputs should be, in their order, one row per row of the inputs: `Int32` class indices
  /// `[n]`, or real numbers in the shape of the output.
  public var targets: [Tensor]

  /// The number of rows.
  public let rowCount: Int

  /// Rows with several inputs.
  ///
  /// - Precondition: all tensors have as many rows.
  public init(inputs: [Tensor], targets: Tensor) {
    self.init(inputs: inputs, targets: [targets])
  }

  /// Rows with several inputs, and targets for several outputs.
  ///
  /// - Precondition: at least one target, and all tensors have as many rows.
  public init(inputs: [Tensor], targets: [Tensor]) {
    precondition(!targets.isEmpty, "expected at least one target")
    rowCount = targets[0].shape.rank == 0 ? 1 : targets[0].shape[0]
    precondition(
      (inputs + targets).allSatisfy { [rowCount] in
        $0.shape.rank > 0 && $0.shape[0] == rowCount
      }, "inputs and targets must have the same number of rows")
    self.inputs = inputs
    self.targets = targets
  }

  /// Rows with one input and real-valued targets.
  public init(_ inputs: Tensor, targets: Tensor) {
    self.init(inputs: [inputs], targets: targets)
  }

  /// Rows with one input and a class each.
  public init(_ inputs: Tensor, classes: [Int]) {
    self.init(inputs: [inputs], targets: Tensor(classes.map { Int32($0) }))
  }

  /// Checks that the rows fit a network and its losses.
  ///
  /// - Throws: ``TrainingDataError``.
  func validate(for network: Network, losses: [OutputLoss], elementType: ElementType) throws {
    let counts = network.indexCounts
    guard inputs.count == network.inputs.count else {
      throw TrainingDataError.inputCount(expected: network.inputs.count, found: inputs.count)
    }
    guard rowCount > 0 else { throw TrainingDataError.noRows }
    guard network.outputs.count == losses.count, targets.count == losses.count else {
      throw TrainingDataError.outputCount(
        network.outputs.count, losses: losses.count, targets: targets.count)
    }
    for (spec, tensor) in zip(network.inputs, inputs) {
      let expected = spec.shape.prepending(rowCount)
      let type: ElementType = spec.isIndices ? .int32 : elementType
      guard tensor.shape == expected, tensor.elementType == type else {
        throw TrainingDataError.tensor(
          name: spec.name, expected: expected, type, found: tensor.shape, tensor.elementType)
      }
      if let count = counts[spec.name], let wrong = tensor.firstIndex(outside: count) {
        throw TrainingDataError.index(name: spec.name, wrong, count: count)
      }
    }
    for (index, part) in losses.enumerated() {
      guard let output = network.values[network.outputs[index]] else { continue }
      try TrainingData.validate(
        targets[index],
        named: losses.count == 1 ? "targets" : "targets of \(network.outputs[index])",
        for: output.shape, loss: part.loss, rowCount: rowCount, elementType: elementType)
    }
  }

  private static func validate(
    _ targets: Tensor, named name: String, for output: Shape, loss: any Loss, rowCount: Int,
    elementType: ElementType
  ) throws {
    let isClasses = loss.targets == .classIndices
    let expected = isClasses ? [rowCount] : output.prepending(rowCount)
    let type: ElementType = isClasses ? .int32 : elementType
    guard targets.shape == expected, targets.elementType == type else {
      throw TrainingDataError.tensor(
        name: name, expected: expected, type, found: targets.shape, targets.elementType)
    }
    if isClasses {
      let labels = targets.elements(as: Int32.self)
      if let wrong = labels.first(where: { $0 < 0 || Int($0) >= output.last }) {
        throw TrainingDataError.label(Int(wrong), classCount: output.last)
      }
    }
  }
}

extension TrainingData {
  /// Checks that there is one weight per class, where classes are weighted.
  ///
  /// - Throws: ``OptionError``.
  func validate(classWeights: [Double]?, for network: Network, loss: any Loss) throws {
    if classWeights != nil, network.outputs.count > 1 {
      throw OptionError(
        "class_weights", expected: "a network with one output",
        found: "\(network.outputs.count) outputs")
    }
    guard let classWeights, loss.targets == .classIndices,
      let output = network.values[network.outputs[0]], classWeights.count != output.shape.last
    else { return }
    throw OptionError(
      "class_weights", expected: "\(output.shape.last) numbers", found: "\(classWeights.count)")
  }
}

/// Why data do not fit a network.
public enum TrainingDataError: Error, CustomStringConvertible {
  case noRows
  case inputCount(expected: Int, found: Int)
  case outputCount(Int, losses: Int, targets: Int)
  case tensor(
    name: String, expected: Shape, ElementType, found: Shape, ElementType)
  case label(Int, classCount: Int)
  case index(name: String, Int, count: Int)

  public var description: String {
    switch self {
    case .noRows:
      "there are no rows to train on"
    case .inputCount(let expected, let found):
      "the network has \(expected) input(s), found data for \(found)"
    case .outputCount(let count, let losses, let targets):
      "the network has \(count) output(s), found \(losses) loss(es) and \(targets) target(s)"
    case .tensor(let name, let expected, let expectedType, let found, let foundType):
      "\(name): expected \(expectedType.rawValue) \(expected), found \(foundType.rawValue) \(found)"
    case .index(let name, let index, let count):
      "\(name): expected indices from 0 to \(count - 1), found \(index)"
    case .label(let label, let classCount):
      "targets: expected classes 0 to \(classCount - 1), found \(label)"
    }
  }
}

extension Tensor {
  /// The first of these `Int32` indices that is not in `0..<count`.
  func firstIndex(outside count: Int) -> Int? {
    withView { view in
      view.elements(as: Int32.self).first { $0 < 0 || Int($0) >= count }.map { Int($0) }
    }
  }
}
