import Catalogs
import Kernels
import Tensors

/// What training makes small: a measure of how far outputs are from targets.
///
/// To add a loss, write one file like `MeanSquaredError.swift` and one line in ``LossCatalog``.
public protocol Loss: Codable, Hashable, Sendable {
  /// The name of this kind of loss in files and options, for example `cross_entropy`.
  static var kind: String { get }

  /// The loss with its usual options.
  static var defaults: Self { get }

  /// How the network's output becomes a prediction.
  var link: Link { get }

  /// What targets must look like.
  var targets: TargetKind { get }

  /// The weight of a batch: what its sum of losses is divided by to give the mean.
  func weight(of batch: LossBatch) -> Double

  /// The sum of the losses of a batch; writes `scale` times its gradient where one is wanted.
  func sum(of batch: LossBatch, scale: Double, gradient: TensorView?) -> Double

  /// Checks the loss's options.
  ///
  /// - Throws: ``OptionError`` naming the option.
  func validate() throws
}

extension Loss {
  /// The name of this kind of loss.
  public var kind: String { Self.kind }
  public func validate() throws {}
}

/// How the raw output of a network becomes a prediction. Losses work on the raw output, which is
/// exact where the link saturates.
public enum Link: String, Codable, Hashable, Sendable {
  /// The output is the prediction.
  case identity
  /// The outputs are logits of classes that exclude each other.
  case softmax
  /// Each output is the logit of one yes or no.
  case sigmoid
}

/// What the targets of a loss look like.
public enum TargetKind: String, Codable, Hashable, Sendable {
  /// Real numbers in the shape of the output.
  case numbers
  /// One class index per row (`Int32`).
  case classIndices
}

/// The outputs of a batch and what they should have been.
public struct LossBatch {
  package var outputs: TensorView
  package var targets: TensorView
  /// The weight of each class, or nil where all weigh 1.
  package var classWeights: TensorView?
  package var workers: Workers

  package init(
    outputs: TensorView, targets: TensorView, classWeights: TensorView? = nil, workers: Workers
  ) {
    self.outputs = outputs
    self.targets = targets
    self.classWeights = classWeights
    self.workers = workers
  }
}

/// Every kind of loss that a file or an option can name.
public enum LossCatalog {
  /// All losses of this library.
  public static let standard = Catalog<any Loss.Type>(
    of: "loss",
    [
      MeanSquaredError.self,
      MeanAbsoluteError.self,
      Huber.self,
      SmoothL1.self,
      CrossEntropy.self,
      BinaryCrossEntropy.self,
      Focal.self,
      BinaryFocal.self,
    ], name: { $0.kind })
}

/// An option with a value that it cannot have.
public struct OptionError: Error, Hashable, CustomStringConvertible {
  /// The option's name.
  public let name: String
  /// What would have been right.
  public let expected: String
  /// What was found.
  public let found: String

  /// An error about an option.
  public init(_ name: String, expected: String, found: String) {
    self.name = name
    self.expected = expected
    self.found = found
  }

  /// What was wrong, without the name.
  public var problem: String { "expected \(expected), found \(found)" }

  public var description: String { "\(name): \(problem)" }
}

/// Throws unless an option's number is right.
func require(_ name: String, _ value: Double, _ expected: String, _ isRight: (Double) -> Bool)
  throws
{
  guard isRight(value) else {
    // Whole numbers as they were written.
    let found = Int(exactly: value).map { "\($0)" } ?? "\(value)"
    throw OptionError(name, expected: expected, found: found)
  }
}
