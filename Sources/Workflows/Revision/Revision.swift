import Foundation
import ModelFiles
import Networks
import Tensors
import Training

/// Makes a model file of another one without training.
public enum Revision {
  /// What was made.
  public struct Result: Encodable, Hashable, Sendable {
    /// The file that was written.
    public var output: String
    /// Its size in bytes.
    public var byteCount: Int
    /// The size of the file that it was made of, or of all of them.
    public var sourceByteCount: Int
    /// What was noticed, one line each.
    public var notes: [String]

    private enum CodingKeys: String, CodingKey {
      case output, notes
      case byteCount = "bytes"
      case sourceByteCount = "source_bytes"
    }
  }

  /// Reads a model that another file is to be made of, with all its digests checked.
  ///
  /// - Throws: `ModelFileError`, or ``FileError`` where the output would take the source's place.
  static func source(_ path: String, output: String) throws -> (file: ModelFile, model: Model) {
    try OutputPlace.check(output, reading: [path])
    let file = try ModelFile(reading: path)
    try file.checkDigests()
    return (file, try file.model())
  }

  /// Writes a model that was made of others.
  ///
  /// - Parameters:
  ///   - sources: what it was made of; the first is its parent.
  ///   - weightType: how weights are stored; as they are in memory when nil.
  static func write(
    _ model: Model, to output: String, madeOf sources: [ModelFile], commandLine: [String],
    weightType: ElementType? = nil, notes: [String] = []
  ) throws -> Result {
    var model = model
    model.provenance.program = ProgramVersion.name
    model.provenance.commandLine = commandLine
    model.provenance.parent = sources.first.map { source in
      Parent(
        name: URL(fileURLWithPath: source.name).lastPathComponent, identity: source.identity)
    }
    try model.write(to: output, weightType: weightType)
    return Result(
      output: output, byteCount: try ModelFile(reading: output).byteCount,
      sourceByteCount: sources.reduce(0) { $0 + $1.byteCount },
      notes: sources.flatMap { $0.notes } + notes)
  }
}

// MARK: - Without the training state

extension Revision {
  /// Writes a model without what only training needs: the optimizer's state, and the parameters of an
  /// unfinished run, which cannot go on from the result. Options and history of a run that has ended
  /// stay.
  ///
  /// - Throws: `ModelFileError` or ``FileError``.
  public static func strip(
    _ source: String, to output: String, commandLine: [String] = []
  ) throws -> Result {
    let (file, model) = try self.source(source, output: output)
    let (stripped, notes) = model.withoutTrainingState()
    return try write(
      stripped, to: output, madeOf: [file], commandLine: commandLine,
      weightType: file.storedWeightType, notes: notes)
  }
}

extension Model {
  /// The model without what only training needs, and what is to be said of it.
  func withoutTrainingState() -> (model: Model, notes: [String]) {
    var model = self
    model.snapshot = TrainingSnapshot(parameters)
    guard let training else { return (model, []) }
    guard training.progress.end != nil else {
      model.training = nil
      return (model, ["the run was unfinished and cannot go on from this file"])
    }
    model.training?.live = nil
    return (model, [])
  }
}

// MARK: - Other element types

extension Revision {
  /// Writes a model with its weights as another type, without the state of training, which would not
  /// fit them any more.
  ///
  /// Numbers become the nearest that the type has, ties to even (IEEE 754); they are widened to float32
  /// when the model is used.
  ///
  /// - Returns: what was made, and how far it computes the same as the source.
  /// - Throws: `ModelFileError` for a weight that is too large for the type, or ``FileError``.
  public static func cast(
    _ source: String, to output: String, as type: ElementType, commandLine: [String] = []
  ) throws -> (result: Result, proof: NumericalProof) {
    let (file, model) = try self.source(source, output: output)
    for entry in model.parameters.layout.entries {
      let weights = model.parameters[entry].doubles()
      let stored = model.parameters[entry].converted(to: type).doubles()
      for (before, after) in zip(weights, stored) where before.isFinite && !after.isFinite {
        throw ModelFileError(
          source, path: "/weights/\(entry.path)",
          "\(before) is more than \(type.rawValue) holds; bfloat16 has the range of float32")
      }
    }
    var (cast, notes) = model.withoutTrainingState()
    if !model.snapshot.slots.isEmpty || model.training?.live != nil {
      notes.append("the state of training is left out")
    }
    let result = try write(
      cast, to: output, madeOf: [file], commandLine: commandLine, weightType: type, notes: notes)
    cast = try ModelFile(reading: output).model()
    return (result, try NumericalProof(of: cast, against: model))
  }
}

extension ModelFile {
  /// The type in which all weights of the file are stored; nil where they are of several.
  var storedWeightType: ElementType? {
    let types = Set(
      ((try? tensors()) ?? []).filter { $0.path.hasPrefix("/weights/") }.map(\.elementType))
    return types.count == 1 ? types.first : nil
  }
}
