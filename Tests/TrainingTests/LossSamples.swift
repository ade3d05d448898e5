import Kernels
import Tensors
import Testing

@testable import Training

/// A loss with outputs and targets that it takes, for the contracts that every loss keeps.
struct LossSample: CustomTestStringConvertible, Sendable {
  var loss: any Loss
  var classWeights: [Double]?
  var rows = 7
  var width = 3

  init(_ loss: any Loss, classWeights: [Double]? = nil, rows: Int = 7, width: Int = 3) {
    self.loss = loss
    self.classWeights = classWeights
    self.rows = rows
    self.width = width
  }

  var testDescription: String {
    "\(loss), \(rows)×\(width)" + (classWeights.map { ", weights \($0)" } ?? "")
  }

  /// At least one of every kind in the catalogue; sizes are odd on purpose.
  static let all: [LossSample] = [
    LossSample(MeanSquaredError()),
    LossSample(MeanSquaredError(), rows: 1, width: 1),
    LossSample(MeanAbsoluteError(), width: 5),
    LossSample(Huber(), width: 1),
    LossSample(Huber(delta: 0.3)),
    LossSample(SmoothL1()),
    LossSample(SmoothL1(beta: 2.5), rows: 17),
    LossSample(CrossEntropy()),
    LossSample(CrossEntropy(), width: 2),
    LossSample(CrossEntropy(), classWeights: [0.5, 1, 2.5]),
    LossSample(CrossEntropy(labelSmoothing: 0.1), rows: 17),
    LossSample(CrossEntropy(labelSmoothing: 0.3), classWeights: [2, 0, 0.7]),
    LossSample(BinaryCrossEntropy()),
    LossSample(BinaryCrossEntropy(positiveWeight: 3.5), width: 1),
    LossSample(Focal()),
    LossSample(Focal(gamma: 0)),
    LossSample(Focal(gamma: 1.5), classWeights: [0.5, 1, 2.5]),
    LossSample(BinaryFocal()),
    LossSample(BinaryFocal(gamma: 0.5, alpha: -1), rows: 17, width: 1),
  ]

  /// Outputs between −3 and 3, by index.
  func outputs() -> [Double] {
    let random = RandomStream(seed: 4, stream: 1)
    return (0..<rows * width).map { 6 * random.uniform(at: $0) - 3 }
  }

  func targets(_ elementType: ElementType) -> Tensor {
    let random = RandomStream(seed: 4, stream: 2)
    switch loss.targets {
    case .classIndices:
      return Tensor((0..<rows).map { Int32(random.integer(below: width, at: $0)) })
    case .numbers:
      let values = (0..<rows * width).map { index in
        // Where the link is a sigmoid, targets are yes or no.
        loss.link == .sigmoid
          ? Double(random.integer(below: 2, at: index)) : 4 * random.uniform(at: index) - 2
      }
      return elementType == .float64
        ? Tensor(values, shape: [rows, width])
        : Tensor(values.map { Float($0) }, shape: [rows, width])
    }
  }

  /// Sum, weight and gradient for given outputs.
  func evaluate(
    _ outputs: [Double], scale: Double = 1, elementType: ElementType = .float64, threads: Int = 1
  ) -> (sum: Double, weight: Double, gradient: [Double]) {
    let isDouble = elementType == .float64
    let logits =
      isDouble
      ? Tensor(outputs, shape: [rows, width])
      : Tensor(outputs.map { Float($0) }, shape: [rows, width])
    let weights = classWeights.map { isDouble ? Tensor($0) : Tensor($0.map { Float($0) }) }
    let targets = targets(elementType)
    var gradient = Tensor(zeros: [rows, width], elementType: elementType)
    let workers = Workers(threadCount: threads)
    let (sum, weight) = gradient.withMutableView { gradient in
      logits.withView { logits in
        targets.withView { targets in
          let batch = LossBatch(
            outputs: logits, targets: targets, classWeights: weights?.borrowedView(),
            workers: workers)
          return (
            loss.sum(of: batch, scale: scale, gradient: gradient), loss.weight(of: batch)
          )
        }
      }
    }
    withExtendedLifetime(weights) {}
    return (sum, weight, gradient.doubles())
  }
}
