import Datasets
import Formats
import ModelFiles
import Networks
import Training

/// What a file of weights says about the network that they belong to, as JSON in its metadata.
struct GraphMetadata: Codable {
  var network: Network
  /// How each output becomes a prediction.
  var links: [Link]
  /// How rows of a table become inputs; absent where that is not known.
  var preprocessing: Preprocessing?

  /// The key of the metadata.
  static let key = "nnmodel.graph"

  /// The most bytes that are read.
  static let byteLimit = 64 << 20

  /// What there is to say about a model.
  init(_ model: Model) {
    network = model.network
    links = model.links
    preprocessing = model.preprocessing
  }

  /// What metadata say; nil where they do not.
  ///
  /// - Throws: ``ConversionError`` where it is damaged.
  init?(_ metadata: [String: String], file: String) throws {
    guard let text = metadata[GraphMetadata.key] else { return nil }
    guard text.utf8.count <= GraphMetadata.byteLimit else {
      throw ConversionError(
        file, GraphMetadata.key, "expected at most \(GraphMetadata.byteLimit) bytes")
    }
    do {
      self = try CanonicalJSON.value(GraphMetadata.self, from: text)
    } catch {
      throw ConversionError(file, GraphMetadata.key, "\(error)")
    }
    guard links.count == network.outputs.count else {
      throw ConversionError(
        file, GraphMetadata.key,
        "expected \(network.outputs.count) link(s), found \(links.count)")
    }
  }

  /// The model without its weights.
  ///
  /// - Parameter tensors: the weights; what they have bounds the memory that is taken.
  func model(for tensors: [Formats.StoredTensor], file: String) throws -> Model {
    let layout = try ParameterLayout(network)
    let count = tensors.reduce(0) { $0 + $1.shape.count }
    guard layout.count <= count else {
      throw ConversionError(
        file, GraphMetadata.key,
        "the network has \(layout.count) parameters, the file \(count) numbers")
    }
    return Model(
      network: network, snapshot: TrainingSnapshot(Parameters(zeros: layout)), link: links[0],
      furtherLinks: Array(links.dropFirst()), preprocessing: preprocessing)
  }
}
