import Networks
import Tensors

/// The loss of one of a network's outputs, and what it counts beside those of the others.
///
/// A network of several outputs makes Σ weight · mean loss small over its outputs.
public struct OutputLoss: Sendable {
  /// How far the output is from its targets.
  public var loss: any Loss

  /// What the mean loss is multiplied with; 1.
  public var weight: Double

  /// The loss of an output.
  public init(_ loss: any Loss, weight: Double = 1) {
    self.loss = loss
    self.weight = weight
  }
}

extension OutputLoss: Codable {
  private enum CodingKeys: String, CodingKey { case loss, weight }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let loss = try container.decodeKind(from: LossCatalog.standard, forKey: .loss)
    self.loss = try loss.entry.init(from: loss.options)
    weight = try container.decode(Double.self, forKey: .weight)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(loss, kind: loss.kind, forKey: .loss)
    try container.encode(weight, forKey: .weight)
  }
}

/// What the losses of all outputs sum up to over some rows.
struct LossTotal {
  /// Sums of losses and of their weights, by output.
  private var sums: [(sum: Double, weight: Double)]
  private let losses: [OutputLoss]

  init(_ losses: [OutputLoss]) {
    self.losses = losses
    sums = losses.map { _ in (0, 0) }
  }

  mutating func add(_ sum: Double, weight: Double, output: Int) {
    sums[output].sum += sum
    sums[output].weight += weight
  }

  /// The mean loss: Σ weight · mean over the outputs.
  var mean: Double {
    zip(losses, sums).reduce(0) { total, part in
      total + (part.1.weight > 0 ? part.0.weight * part.1.sum / part.1.weight : 0)
    }
  }
}
