/// Every name under which something is stored in a model file, each written here and nowhere else.
package enum ModelFilePaths {
  // Attributes of the root.
  package static let format = "format"
  package static let formatVersion = "format_version"
  package static let writer = "writer"
  package static let requiredFeatures = "features_required"

  // Texts in canonical JSON.
  package static let network = "model/network"
  package static let output = "model/output"
  package static let preprocessing = "preprocessing/schema"
  package static let trainingOptions = "training/options"
  package static let trainingProgress = "training/progress"
  package static let environment = "training/environment"
  package static let configuration = "training/configuration"
  package static let provenance = "provenance"

  // Groups of tensors: <group>/<node>/<parameter>, <group>/<slot>/<node>/<parameter>.
  package static let weights = "weights"
  package static let optimizer = "optimizer"
  package static let liveWeights = "training/live/weights"
  package static let liveOptimizer = "training/live/optimizer"

  // One dataset per column.
  package static let history = "history"
  package static let index = "index"

  // What other programs keep, below the name of each.
  package static let extensions = "ext"

  /// Whether this version of the format has a dataset of a path, as in `/weights/dense_1/kernel`.
  static func isKnown(_ path: String) -> Bool {
    texts.contains(path) || groups.contains { path.hasPrefix($0) }
  }

  private static let texts = Set(
    [
      network, output, preprocessing, trainingOptions, trainingProgress, environment,
      configuration, provenance,
    ].map { "/\($0)" })

  private static let groups = [
    weights, optimizer, liveWeights, liveOptimizer, history, index, extensions,
  ].map { "/\($0)/" }
}
