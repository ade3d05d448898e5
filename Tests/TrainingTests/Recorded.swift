import Foundation
import Layers
import Networks
import Tensors

@testable import Training

/// A file of `Fixtures/pytorch`, decoded.
func recorded<Value: Decodable>(_ name: String, as type: Value.Type = Value.self) throws -> Value {
  let url = URL(fileURLWithPath: #filePath)
    .appendingPathComponent("../../../Fixtures/pytorch/\(name)").standardizedFileURL
  let decoder = JSONDecoder()
  decoder.keyDecodingStrategy = .convertFromSnakeCase
  return try decoder.decode(type, from: Data(contentsOf: url))
}

/// A tensor as the recordings keep it.
struct RecordedTensor: Decodable, Sendable {
  var shape: [Int]
  var values: [Double]

  func tensor(_ elementType: ElementType = .float64) -> Tensor {
    elementType == .float64
      ? Tensor(values, shape: Shape(shape)) : Tensor(values.map { Float($0) }, shape: Shape(shape))
  }
}

/// optimizers.json, schedules.json or losses.json.
struct Recording: Decodable, Sendable {
  var start: [String: RecordedTensor]
  var batches: [Batch]
  var runs: [Run]

  struct Batch: Decodable, Sendable {
    var inputs: RecordedTensor
    var labels: [Int32]
    var targets: RecordedTensor
    var binary: RecordedTensor
  }

  struct Run: Decodable, Sendable {
    var name: String
    var type: ElementType
    var optimizer: RecordedOptimizer
    var loss: RecordedLoss
    var schedule: RecordedSchedule
    var clipNorm: Double?
    var clipValue: Double?
    var l1: Double?
    var l2: Double?
    var losses: [Double]
    var learningRates: [Double]
    var penalties: [Double]?
    var gradientNorms: [Double]?
    var afterFirstStep: [String: RecordedTensor]
    var final: [String: RecordedTensor]
  }
}

struct RecordedOptimizer: Decodable, Sendable {
  var kind: String
  var learningRate: Double
  var momentum: Double?
  var nesterov: Bool?
  var weightDecay: Double?
  var decay: Double?
  var epsilon: Double?
  var beta1: Double?
  var beta2: Double?

  /// The same optimizer of this library; options that PyTorch was not given keep our defaults,
  /// which are its own.
  func optimizer() throws -> any Optimizer {
    let weightDecay = weightDecay ?? 0
    switch kind {
    case "sgd":
      guard let momentum else { return SGD(learningRate: learningRate, weightDecay: weightDecay) }
      return nesterov == true
        ? Nesterov(learningRate: learningRate, momentum: momentum, weightDecay: weightDecay)
        : Momentum(learningRate: learningRate, momentum: momentum, weightDecay: weightDecay)
    case "adagrad":
      return AdaGrad(
        learningRate: learningRate, epsilon: try require(epsilon), weightDecay: weightDecay)
    case "rmsprop":
      return RMSProp(
        learningRate: learningRate, decay: try require(decay), momentum: try require(momentum),
        epsilon: try require(epsilon), weightDecay: weightDecay)
    case "adam":
      return Adam(
        learningRate: learningRate, beta1: try require(beta1), beta2: try require(beta2),
        epsilon: try require(epsilon), weightDecay: weightDecay)
    case "adamw":
      return AdamW(
        learningRate: learningRate, beta1: try require(beta1), beta2: try require(beta2),
        epsilon: try require(epsilon), weightDecay: weightDecay)
    default: throw Unfollowed(what: kind)
    }
  }
}

struct RecordedLoss: Decodable, Sendable {
  var kind: String
  var delta: Double?
  var beta: Double?
  var labelSmoothing: Double?
  var classWeights: [Double]?
  var positiveWeight: [Double]?
  var gamma: Double?
  var alpha: Double?

  func loss() throws -> any Loss {
    switch kind {
    case "mean_squared_error": return MeanSquaredError()
    case "mean_absolute_error": return MeanAbsoluteError()
    case "huber": return Huber(delta: try require(delta))
    case "smooth_l1": return SmoothL1(beta: try require(beta))
    case "cross_entropy": return CrossEntropy(labelSmoothing: labelSmoothing ?? 0)
    case "binary_cross_entropy":
      let weights = positiveWeight ?? [1]
      guard weights.count == 1 else { throw Unfollowed(what: "a weight for each output") }
      return BinaryCrossEntropy(positiveWeight: weights[0])
    case "softmax_focal": return Focal(gamma: try require(gamma))
    case "sigmoid_focal": return BinaryFocal(gamma: try require(gamma), alpha: alpha ?? -1)
    default: throw Unfollowed(what: kind)
    }
  }

  /// What the loss wants of a batch.
  func targets(of batch: Recording.Batch, _ elementType: ElementType) -> Tensor {
    switch kind {
    case "cross_entropy", "softmax_focal": Tensor(batch.labels)
    case "binary_cross_entropy", "sigmoid_focal": batch.binary.tensor(elementType)
    default: batch.targets.tensor(elementType)
    }
  }
}

struct RecordedSchedule: Decodable, Sendable {
  var kind: String
  var every: Int?
  var factor: Double?
  var steps: [Int]?
  var minimum: Double?
  var rise: Int?
  var fall: Int?
  var warmUp: Int?
  var patience: Int?
  var threshold: Double?
  var cooldown: Int?

  /// The same schedule of this library, whose minima are shares of the learning rate.
  func schedule(learningRate: Double) throws -> any Schedule {
    let minimum = (minimum ?? 0) / learningRate
    switch kind {
    case "constant": return Constant()
    case "step": return StepDecay(every: try require(every), factor: try require(factor))
    case "multi_step":
      return MultiStep(milestones: try require(steps), factor: try require(factor))
    case "exponential": return Exponential(factor: try require(factor))
    case "cosine": return Cosine(minimum: minimum)
    case "cyclical":
      return Cyclical(minimum: minimum, rise: try require(rise), fall: try require(fall))
    case "plateau":
      return ReduceOnPlateau(
        factor: try require(factor), patience: try require(patience),
        threshold: try require(threshold), cooldown: try require(cooldown), minimum: minimum)
    default: throw Unfollowed(what: kind)
    }
  }
}

/// Something recorded that this library has no option for.
struct Unfollowed: Error {
  var what: String
}

private func require<Value>(_ value: Value?) throws -> Value {
  guard let value else { throw Unfollowed(what: "an option is missing from the recording") }
  return value
}
