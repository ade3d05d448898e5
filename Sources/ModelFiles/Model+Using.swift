import Networks
import Tensors
import Training

extension Model {
  /// The model that a trainer has made so far, with everything that it needs to go on.
  public init(_ trainer: Trainer) {
    self.init(network: trainer.network, options: trainer.options, state: trainer.state())
  }

  /// Reads a model file.
  ///
  /// - Throws: ``ModelFileError`` naming the file, the place in it and what is wrong there.
  public init(reading path: String) throws {
    self = try ModelFile(reading: path).model()
  }

  /// The predictions for rows of numbers: probabilities for a classification, numbers for a
  /// regression.
  ///
  /// - Parameter inputs: float32 `[rows, …]`, for a network of one input.
  /// - Throws: `PredictionError` when the tensor does not fit the input.
  public func predict(_ inputs: Tensor) throws -> Tensor { try predict([inputs]) }

  /// The predictions for rows of several inputs, in the order of the network's inputs.
  ///
  /// - Throws: `PredictionError` when a tensor does not fit its input.
  public func predict(_ inputs: [Tensor]) throws -> Tensor {
    let evaluator = try Evaluator(network, parameters: LiveParameters(parameters))
    return try evaluator.predict(inputs, link: link)
  }

  /// The predictions of all outputs by their names.
  ///
  /// - Throws: `PredictionError` when a tensor does not fit its input.
  public func predictions(_ inputs: [Tensor]) throws -> [String: Tensor] {
    let evaluator = try Evaluator(network, parameters: LiveParameters(parameters))
    let outputs = network.outputs
    let links = outputs.indices.map { $0 < self.links.count ? self.links[$0] : Link.identity }
    return Dictionary(
      zip(outputs, try evaluator.predict(inputs, links: links)), uniquingKeysWith: { $1 })
  }
}

extension ModelFile {
  /// The predictions for rows of the network's inputs, in order, as ``Model/predict(_:)-([Tensor])``;
  /// of the file only those weights are loaded that are looked at.
  ///
  /// - Throws: ``ModelFileError`` for weights that do not fit, `PredictionError` for a tensor that does
  ///   not fit its input.
  public func predict(_ inputs: [Tensor]) throws -> Tensor {
    let evaluator = try Evaluator(network, parameters: liveParameters())
    return try evaluator.predict(inputs, link: link)
  }
}
