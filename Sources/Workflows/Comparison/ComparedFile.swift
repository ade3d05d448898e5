import Converters
import Formats
import ModelFiles
import Tensors

/// One side of a comparison.
struct ComparedFile {
  /// The file, as it was named.
  let path: String
  /// What it is.
  let kind: FileKind
  /// What is in it.
  let content: Content
  /// The parts of a model that such a file can hold; of what it cannot, nothing is said.
  var parts = Set(ComparisonPart.allCases)
  /// What a reader should know of it, one line each.
  var notes: [String] = []

  enum Content {
    /// A graph with all that belongs to it.
    case model(ModelFile)
    /// Tensors by name.
    case tensors([Formats.StoredTensor])
  }

  /// Whether layers of such a file say how their weights were drawn at first.
  var hasInitializers: Bool { kind != .onnx && kind != .pyTorch }

  /// The model, where the file has a graph.
  var model: ModelFile? { if case .model(let file) = content { file } else { nil } }
}

// MARK: - Opening

extension ComparedFile {
  /// Both sides. Weights without a graph are brought onto that of the other side, and where that does not
  /// go, or there is none, tensors are compared by their names.
  ///
  /// - Throws: the error of the file that cannot be read.
  static func both(_ options: Comparison.Options) throws -> (old: ComparedFile, new: ComparedFile) {
    let kinds = try [options.old, options.new].map { try FileKind(ofFile: $0) }
    var old = try graph(options.old, kinds[0], options)
    var new = try graph(options.new, kinds[1], options)
    var misfit: (any Error)?
    do {
      if old == nil, new != nil { old = try onto(options.new, options.old, kinds[0]) }
      if new == nil, old != nil { new = try onto(options.old, options.new, kinds[1]) }
    } catch { misfit = error }
    guard let old, let new else {
      var sides = (
        try tensors(options.old, kinds[0], instead: old, misfit: misfit),
        try tensors(options.new, kinds[1], instead: new, misfit: misfit)
      )
      if let misfit { sides.0.notes.insert("\(misfit)", at: 0) }
      return sides
    }
    return (old, new)
  }

  /// The file, if it has a graph.
  private static func graph(
    _ path: String, _ kind: FileKind, _ options: Comparison.Options
  ) throws -> ComparedFile? {
    if kind == .nnmodel {
      let file = try ModelFile(reading: path)
      if options.verifies { try file.checkDigests() }
      return ComparedFile(path: path, kind: kind, content: .model(file), notes: file.notes)
    }
    guard Converters.importers.contains(where: { $0.kind == kind }) else { return nil }
    // Where such files have a graph or not, one without is no error.
    if Converters.weightsImporters.contains(where: { $0.kind == kind }) {
      return try? converted(path, kind, architecture: nil)
    }
    return try converted(path, kind, architecture: nil)
  }

  /// The weights of a file on the graph of another one; nil where such files are never brought onto one.
  ///
  /// - Throws: why they do not fit it.
  private static func onto(
    _ architecture: String, _ path: String, _ kind: FileKind
  ) throws -> ComparedFile? {
    guard Converters.weightsImporters.contains(where: { $0.kind == kind }) else { return nil }
    return try converted(path, kind, architecture: architecture)
  }

  /// The model that a conversion would give, with what it would lose as notes.
  private static func converted(
    _ path: String, _ kind: FileKind, architecture: String?
  ) throws -> ComparedFile {
    var log = ConversionLog(file: path, allowsLoss: true)
    let model = try Conversion.model(
      reading: Conversion.Options(source: path, output: "", architecture: architecture),
      kind: kind, log: &log)
    let lost = log.entries.filter { $0.fate == .lost }
    var notes = lost.map { "\(path): not compared: \($0.subject): \($0.note)" }
    var parts = Set(ComparisonPart.allCases).subtracting([.provenance, .extensions])
    var missing: [ComparisonPart] = model.preprocessing == nil ? [.preprocessing] : []
    if model.training == nil { missing += [.training, .optimizer, .schedule] }
    if model.training?.history.isEmpty ?? true { missing.append(.history) }
    parts.subtract(missing)
    if architecture == nil, !missing.isEmpty {
      let names = missing.map(\.rawValue).joined(separator: ", ")
      notes.append("\(path): \(kind) without \(names), which are not compared")
    }
    if let architecture {
      notes.append("\(path): \(kind), compared on the graph of \(architecture)")
      let hasOptimizer = log.entries.contains { entry in
        entry.subject.hasPrefix("optimizer") && (entry.fate == .mapped || entry.fate == .changed)
      }
      parts = [.parameters, .behaviour]
      if hasOptimizer { parts.formUnion([.optimizer, .schedule]) }
    }
    return ComparedFile(
      path: path, kind: kind, content: .model(try model.openedFile(named: path)), parts: parts,
      notes: notes)
  }

  /// The tensors of a file by name.
  private static func tensors(
    _ path: String, _ kind: FileKind, instead side: ComparedFile?, misfit: (any Error)?
  ) throws -> ComparedFile {
    let note = "\(path): compared by the names of its tensors, without a graph"
    if let file = side?.model {
      let prefix = "/\(ModelFilePaths.weights)/"
      let weights = try file.mappedTensors().filter { $0.path.hasPrefix(prefix) }
      return ComparedFile(
        path: path, kind: kind,
        content: .tensors(
          weights.map { tensor in
            Formats.StoredTensor(
              name: String(tensor.path.dropFirst(prefix.count)), shape: tensor.shape,
              elementType: tensor.elementType
            ) { Tensor(copying: try tensor.view()) }
          }), notes: (side?.notes ?? []) + [note])
    }
    guard let source = Converters.tensorSources.first(where: { $0.kind == kind }) else {
      throw misfit ?? ConversionError(path, "\(kind) cannot be compared")
    }
    return ComparedFile(
      path: path, kind: kind, content: .tensors(try source.tensors(reading: path)), notes: [note])
  }
}
