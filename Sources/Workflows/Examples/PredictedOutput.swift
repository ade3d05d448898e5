import Datasets
import Kernels
import ModelFiles
import Networks
import Tensors
import Training

/// One output of a network as predictions have it: after its link, where two classes have a
/// probability each though the network gives but that of the second.
struct PredictedOutput: Hashable, Sendable {
  /// The output's name in the network.
  let name: String
  /// The shape of a row's prediction.
  let shape: Shape
  /// How what the network gives becomes the prediction.
  let link: Link
  /// Whether the network gives the probability of the second of two classes alone.
  let isSingle: Bool
  /// What brings a prediction to the unit of its target: value / scale + offset.
  let target: NumberTarget?

  /// The number of values of a row's prediction.
  var width: Int { shape.count }
}

extension ModelFile {
  /// The outputs of a network of this file, in order.
  ///
  /// - Throws: `ModelFileError` when one holds indices.
  func predictedOutputs(of network: Network) throws -> [PredictedOutput] {
    try network.outputs.enumerated().map { index, output in
      guard let value = network.values[output], !value.isIndices else {
        throw ModelFileError(name, "its network gives indices in place of numbers")
      }
      let link = index < links.count ? links[index] : .identity
      let target = preprocessing.flatMap { index < $0.targets.count ? $0.targets[index] : nil }
      guard let target, target.outputCount != value.shape.count else {
        return PredictedOutput(
          name: output, shape: value.shape, link: link, isSingle: false, target: target?.number)
      }
      return PredictedOutput(
        name: output, shape: [target.outputCount], link: link, isSingle: true, target: nil)
    }
  }
}

extension Preprocessing.Target {
  /// What is learned, where it is a number.
  fileprivate var number: NumberTarget? {
    if case .number(let number) = self { number } else { nil }
  }
}

extension Session {
  /// Turns the outputs of the last forward pass into predictions.
  ///
  /// - Parameter predictions: float32 `[rows, …]`, those of all outputs beside each other.
  func takePredictions(_ outputs: [PredictedOutput], count: Int, into predictions: TensorView) {
    var column = 0
    for (index, output) in outputs.enumerated() {
      let values = self.output(index, count: count)
      output.link.apply(to: values, on: workers)
      if output.isSingle {
        predictions.setBothProbabilities(from: values, at: column)
      } else if outputs.count == 1 {
        predictions.copyElements(of: values)
      } else {
        predictions.setColumns(column, to: values, width: output.width)
      }
      column += output.width
    }
  }
}

extension TensorView {
  /// Takes over the elements of a view of as many elements under another shape.
  func copyElements(of source: TensorView) { reshaped(to: source.shape).copy(from: source) }

  /// Fills two columns from the probability of the second of two classes.
  fileprivate func setBothProbabilities(from outputs: TensorView, at column: Int) {
    let stride = rowCount
    for row in 0..<outputs.count {
      let second = outputs.element(row, as: Float.self)
      setElement(row * stride + column, to: 1 - second)
      setElement(row * stride + column + 1, to: second)
    }
  }

  /// Fills the columns from one on with the rows of another view.
  fileprivate func setColumns(_ column: Int, to outputs: TensorView, width: Int) {
    let stride = rowCount
    for row in 0..<rows {
      part(at: row * stride + column, shape: [width])
        .copy(from: outputs.part(at: row * width, shape: [width]))
    }
  }
}
