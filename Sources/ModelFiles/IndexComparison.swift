import HDF5

/// What is wrong with a model file, as ``ModelFile/verify()`` finds it.
public struct ModelFileProblem: Hashable, Sendable, Encodable, CustomStringConvertible {
  /// What a problem is about.
  public enum Kind: String, Hashable, Sendable, Encodable {
    /// The file cannot be read as a model file.
    case structure
    /// The index is missing or damaged, or differs from what is in the file.
    case index
    /// Bytes are not those that were written.
    case digest
    /// Bytes that mean nothing and should be zero are not.
    case padding
    /// Numbers are NaN or infinite.
    case number
    /// Parameters do not fit the network.
    case parameters
    /// The optimizer's state does not fit its kind or the network.
    case optimizer
    /// The history does not fit the run.
    case history
  }

  /// What it is about.
  public let kind: Kind
  /// The place in the file; empty where the whole file is meant.
  public let path: String
  /// What is wrong there.
  public let problem: String
  /// Whether all content is there all the same, and only the index lags behind it, as after another
  /// program has moved data. Such a file can be used.
  public let isTolerated: Bool

  /// A problem at a place.
  public init(_ kind: Kind, path: String = "", _ problem: String, isTolerated: Bool = false) {
    self.kind = kind
    self.path = path
    self.problem = problem
    self.isTolerated = isTolerated
  }

  public var description: String {
    (path.isEmpty ? problem : "\(path): \(problem)").printable
  }

  private enum CodingKeys: String, CodingKey {
    case kind, path, problem
    case isTolerated = "is_tolerated"
  }
}

/// The datasets of a file beside what its index says of them.
struct IndexComparison {
  /// Every difference in rows.
  let problems: [ModelFileProblem]

  /// By path the digests of the datasets that are what the index says, wherever they lie.
  let digests: [String: Digest]

  /// Compares an index with all other datasets of its file, none of which is read.
  ///
  /// - Parameters:
  ///   - fileByteCount: the size of the file.
  ///   - isTranslated: whether another program has written the file, so that datasets lie where they
  ///     were copied to, and in any order.
  init(
    root: NativeGroup, datasets: [NativeDataset], fileByteCount: Int, isTranslated: Bool = false
  ) {
    let place = "/\(ModelFilePaths.index)"
    do {
      guard let index = try ModelIndex(in: root) else {
        self.init(
          problems: [.init(.index, path: place, "is missing", isTolerated: true)], digests: [:])
        return
      }
      self.init(
        index, datasets: datasets, fileByteCount: fileByteCount, isTranslated: isTranslated)
    } catch {
      self.init(problems: [.init(.index, path: error.path, error.words)], digests: [:])
    }
  }

  private let index: ModelIndex?

  private init(
    index: ModelIndex? = nil, problems: [ModelFileProblem], digests: [String: Digest]
  ) {
    self.index = index
    self.problems = problems
    self.digests = digests
  }

  private init(
    _ index: ModelIndex, datasets: [NativeDataset], fileByteCount: Int, isTranslated: Bool
  ) {
    let place = "/\(ModelFilePaths.index)"
    var problems: [ModelFileProblem] = []
    var digests: [String: Digest] = [:]
    var moved: [(ModelIndex.Row, NativeDataset)] = []
    func note(_ path: String, _ words: String, isTolerated: Bool = false) {
      problems.append(.init(.index, path: path, words, isTolerated: isTolerated))
    }
    var rows = Dictionary(uniqueKeysWithValues: index.rows.map { ($0.path, $0) })
    for dataset in datasets {
      let path = dataset.place.path
      guard let row = rows.removeValue(forKey: path) else {
        note(path, "is not in the index", isTolerated: true)
        continue
      }
      let type = ModelIndex.name(of: dataset.type)
      guard row.type == type, row.shape == dataset.shape, row.byteCount == dataset.byteCount else {
        note(
          path,
          "the index has \(row.type) \(row.shape) of \(row.byteCount) bytes, the file \(type) "
            + "\(dataset.shape) of \(dataset.byteCount)")
        continue
      }
      digests[path] = row.digest
      if !isTranslated, row.offset != dataset.range.lowerBound { moved.append((row, dataset)) }
    }
    if let (row, dataset) = moved.first {
      note(
        place,
        "\(moved.count) of \(datasets.count) datasets lie elsewhere than it says, as \(row.path) "
          + "at byte \(dataset.range.lowerBound) instead of \(row.offset)",
        isTolerated: true)
    }
    for path in rows.keys.sorted() {
      note(path, "is in the index, but not in the file", isTolerated: true)
    }
    if !isTranslated, index.fileByteCount != fileByteCount {
      let stated = index.fileByteCount.map { "\($0)" } ?? "no"
      note(
        place, "states a file of \(stated) bytes, found \(fileByteCount)", isTolerated: true)
    }
    if isTranslated {
      note(
        place,
        "the file is not laid out as nnmodel does, so that it was read through the HDF5 library",
        isTolerated: true)
    }
    if problems.isEmpty, index.rows.map(\.path) != datasets.map(\.place.path) {
      note(place, "its rows are not in the order of the file", isTolerated: true)
    }
    self.init(index: index, problems: problems, digests: digests)
  }

  /// Where the index states other identities than its rows give.
  func identityProblems() -> [ModelFileProblem] {
    guard let index else { return [] }
    func problem(_ words: String, stated: String, rows: [ModelIndex.Row]) -> [ModelFileProblem] {
      let found = ModelIndex.identity(of: rows)
      guard found != stated else { return [] }
      return [
        ModelFileProblem(
          .index, path: "/\(ModelFilePaths.index)",
          "states the \(words) \(stated.prefix(16))…, its rows give \(found.prefix(16))…")
      ]
    }
    return problem("identity", stated: index.identity, rows: index.rows)
      + problem(
        "weights' identity", stated: index.weightsIdentity,
        rows: ModelIndex.weights(of: index.rows))
  }
}
