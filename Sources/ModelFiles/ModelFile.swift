import Datasets
import HDF5
import Networks
import Tensors
import Training

/// An open model file: everything but the numbers, which are read when they are asked for.
///
/// Opening reads and checks the structure of the file and the few texts in it; tensors stay where
/// they are. The file is never changed, and no code comes from it.
public final class ModelFile: Sendable {
  /// The file, as it was named.
  public let name: String

  /// The size of the file in bytes.
  public let byteCount: Int

  /// The version of the format it is written in.
  public let version: FormatVersion

  /// The program that wrote it.
  public let writer: String

  /// The graph of layers.
  public let network: Network

  /// How the network's outputs become predictions, in their order; those beyond are as they are.
  public let links: [Link]

  /// How the network's first output becomes a prediction.
  public var link: Link { links[0] }

  /// How rows of a table become inputs; nil for a model that takes tensors only.
  public let preprocessing: Preprocessing?

  /// What was asked of the run that made it; nil for a model that was not trained here.
  public let options: TrainingOptions?

  /// Where that run stands.
  public let progress: TrainingProgress?

  /// What the bits of that run depended on when its state was taken; nil where that is not known.
  public let environment: ExecutionEnvironment?

  /// What every finished epoch of that run measured.
  public let history: [EpochRecord]

  /// The resolved configuration of that run, as JSON.
  public let configuration: String?

  /// Where the model comes from.
  public let provenance: Provenance

  /// Whether the run can go on: it was neither finished nor stopped early.
  public var isResumable: Bool { progress.map { $0.end == nil } ?? false }

  let layout: ParameterLayout
  let file: NativeFile
  let container: TensorFile
  let comparison: IndexComparison
  var root: NativeGroup { file.root }
  /// Every dataset but those of the index, in the file's order.
  var datasets: [NativeDataset] { container.datasets }
  /// The datasets that this version of the format does not know.
  let unknownPaths: [String]
  let optimizerStep: Int
  let liveOptimizerStep: Int?

  /// Opens a model file.
  ///
  /// A file that another program has written anew, as h5repack, is read by the tool `nnmodel` in a
  /// process of its own, so that no byte of it can harm this one. The environment variable
  /// `NNMODEL_TOOL` names the tool where it lies neither beside the program nor on `PATH`.
  ///
  /// - Throws: ``ModelFileError`` naming the file, the place in it and what is wrong there.
  public convenience init(reading path: String) throws {
    try self.init(NativeFile.model(at: path), name: path)
  }

  /// Opens a file whose structure was read already.
  package init(_ file: NativeFile, name: String) throws {
    self.name = name
    self.file = file
    let root = file.root
    container = TensorFile(file, name: name)
    byteCount = file.byteCount
    comparison = IndexComparison(
      root: root, datasets: container.datasets, fileByteCount: file.byteCount,
      isTranslated: file.isTranslated)
    let parts = StoredTexts(root: root, file: name)
    version = try FormatVersion(of: root, file: name)
    unknownPaths = container.datasets.map(\.place.path).filter { !ModelFilePaths.isKnown($0) }
    writer = try wordingErrors { try file.root.attribute(ModelFilePaths.writer).text ?? "" }
    network = try parts.require(ModelFilePaths.network)
    links = try (parts.require(ModelFilePaths.output) as StoredOutput).links
    guard links.count <= network.outputs.count else {
      throw ModelFileError(
        name, path: "/" + ModelFilePaths.output,
        "expected links for \(network.outputs.count) output(s), found \(links.count)")
    }
    preprocessing = try parts.value(ModelFilePaths.preprocessing)
    provenance = try parts.require(ModelFilePaths.provenance)
    configuration = try parts.text(ModelFilePaths.configuration)
    options = try parts.value(ModelFilePaths.trainingOptions)
    environment = try parts.value(ModelFilePaths.environment)
    let stored: StoredProgress? = try parts.value(ModelFilePaths.trainingProgress)
    progress = stored?.progress
    guard (options == nil) == (progress == nil) else {
      let path = options == nil ? ModelFilePaths.trainingOptions : ModelFilePaths.trainingProgress
      throw ModelFileError(name, path: "/" + path, "is missing, though the file knows of a run")
    }
    optimizerStep = stored?.optimizerStep ?? 0
    liveOptimizerStep = stored?.liveOptimizerStep
    do {
      layout = try ParameterLayout(network)
    } catch {
      throw ModelFileError(name, path: "/" + ModelFilePaths.network, "\(error)")
    }
    history = try ModelFile.history(in: root, file: name)
    try checkWeights()
  }

  private static func history(in root: NativeGroup, file: String) throws -> [EpochRecord] {
    guard case .group(let group)? = root.child(ModelFilePaths.history) else { return [] }
    var columns: [String: Tensor] = [:]
    for name in group.childNames {
      columns[name] = try wordingErrors { try group.dataset(name).tensor() }
    }
    do {
      return try HistoryColumns.history(of: columns)
    } catch let problem as HistoryProblem {
      throw ModelFileError(
        file, path: "/\(ModelFilePaths.history)/\(problem.column)", "expected \(problem.expected)")
    }
  }
}

extension FormatVersion {
  /// The version of a file, which this program reads.
  init(of root: NativeGroup, file: String) throws {
    guard case .text(FormatVersion.formatName)? = root.attributes[ModelFilePaths.format],
      case .integers(let numbers)? = root.attributes[ModelFilePaths.formatVersion],
      numbers.count == 2, let major = Int(exactly: numbers[0]), let minor = Int(exactly: numbers[1])
    else {
      throw ModelFileError(file, "an HDF5 file, but not a model file of nnmodel")
    }
    self.init(major: major, minor: minor)
    var required: [String] = []
    switch root.attributes[ModelFilePaths.requiredFeatures] {
    case .texts(let names)?: required = names
    case .text(let name)?: required = [name]
    case nil: break
    default: throw ModelFileError(file, "\(ModelFilePaths.requiredFeatures): expected texts")
    }
    guard major <= FormatVersion.current.major else {
      throw ModelFileError(
        file,
        "format version \(self) is newer than \(FormatVersion.current), which this program "
          + "reads; update nnmodel")
    }
    // Before its publication a format makes no promise to older files.
    guard (major, minor) >= (FormatVersion.current.major, FormatVersion.current.minor) else {
      throw ModelFileError(
        file,
        "format version \(self) is from before the format's publication and no longer read; this "
          + "program reads \(FormatVersion.current); train the model again")
    }
    if let unknown = required.first(where: { !FormatVersion.knownFeatures.contains($0) }) {
      throw ModelFileError(
        file, "requires the feature '\(unknown)', which this program does not know; update nnmodel")
    }
  }
}

extension Attribute {
  fileprivate var text: String? {
    if case .text(let text) = self { text } else { nil }
  }
}

/// The texts of a file, each decoded with its place in every error.
private struct StoredTexts {
  let root: NativeGroup
  let file: String

  func text(_ path: String) throws -> String? {
    let names = path.split(separator: "/").map(String.init)
    var group = root
    for name in names.dropLast() {
      guard case .group(let child)? = group.child(name) else { return nil }
      group = child
    }
    guard let last = names.last, group.child(last) != nil else { return nil }
    return try wordingErrors { try group.dataset(last).text() }
  }

  func value<Value: Decodable>(_ path: String) throws -> Value? {
    guard let text = try text(path) else { return nil }
    do {
      return try CanonicalJSON.value(Value.self, from: text)
    } catch {
      throw ModelFileError(file, path: "/" + path, "\(error)")
    }
  }

  func require<Value: Decodable>(_ path: String) throws -> Value {
    guard let value: Value = try value(path) else {
      throw ModelFileError(file, path: "/" + path, "is missing")
    }
    return value
  }
}
