import Converters
import Foundation
import ModelFiles

/// Turns a model of one program into that of another.
public enum Conversion {
  /// What is asked.
  public struct Options: Sendable {
    /// The file to read.
    public var source: String
    /// The file to write.
    public var output: String
    /// What to write; by the name of the output when nil.
    public var kind: FileKind?
    /// A file with the graph, for a source that holds weights only.
    public var architecture: String?
    /// How weights are matched with that graph.
    public var matching: WeightOptions
    /// Whether what has no counterpart is left out.
    public var allowsLoss: Bool
    /// Whether layers take over the batch normalisations behind them.
    public var foldsNormalization: Bool
    /// Whether what is written, where this program reads it too, and what is folded, is run on a sample
    /// and compared with the source.
    public var proves: Bool
    /// The command line, for the model's provenance.
    public var commandLine: [String]

    /// Options of a conversion.
    public init(
      source: String, output: String, kind: FileKind? = nil, architecture: String? = nil,
      matching: WeightOptions = WeightOptions(), allowsLoss: Bool = false,
      foldsNormalization: Bool = false, proves: Bool = true, commandLine: [String] = []
    ) {
      self.source = source
      self.output = output
      self.kind = kind
      self.architecture = architecture
      self.matching = matching
      self.allowsLoss = allowsLoss
      self.foldsNormalization = foldsNormalization
      self.proves = proves
      self.commandLine = commandLine
    }
  }

  /// What came of a conversion.
  public struct Result: Encodable, Sendable {
    /// The file that was written.
    public let output: String
    /// What became of everything.
    public let report: ConversionReport
    /// How far the result computes the same as the source; nil where this program has nothing to
    /// compare it with.
    public let proof: NumericalProof?
    /// Why what was written could not be read again and compared, in one line; nil where it was, or where
    /// that was not asked for.
    public let unproved: String?

    private enum CodingKeys: String, CodingKey {
      case output, proof, unproved
    }

    /// The parts of the report stand beside the rest.
    public func encode(to encoder: any Encoder) throws {
      try report.encode(to: encoder)
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(output, forKey: .output)
      try container.encodeIfPresent(proof, forKey: .proof)
      try container.encodeIfPresent(unproved, forKey: .unproved)
    }
  }

  /// The largest share by which an output of a faithful conversion differs: what the order of additions
  /// of float32 makes of deep networks.
  static let largestError = 1e-3

  /// Reads a model, writes it as the other kind, and tells what became of everything.
  ///
  /// - Throws: `ConversionError`, `ModelFileError`, or the error of a format.
  public static func run(_ options: Options) throws -> Result {
    let target = try targetKind(options)
    let kind = try FileKind(ofFile: options.source)
    try OutputPlace.check(options.output, reading: [options.source, options.architecture])
    var read = ConversionLog(file: options.source, allowsLoss: options.allowsLoss)
    let source = try self.model(reading: options, kind: kind, log: &read)
    var model = source
    if options.foldsNormalization { model = try model.foldingNormalization(log: &read) }
    var report = ConversionReport(
      source: kind.rawValue, target: target.rawValue, entries: read.entries)
    var proof: NumericalProof?
    var unproved: String?
    if target == .nnmodel {
      model.provenance.commandLine = options.commandLine
      model.provenance.conversion = report
      try model.write(to: options.output)
      if options.proves, options.foldsNormalization {
        proof = try NumericalProof(
          of: ModelFile(reading: options.output).model(), against: source)
      }
    } else {
      guard let exporter = Converters.exporters.first(where: { $0.kind == target }) else {
        throw ConversionError(options.output, "\(target) cannot be written")
      }
      var written = ConversionLog(file: options.output, allowsLoss: options.allowsLoss)
      try exporter.write(model, to: options.output, log: &written)
      report.entries += written.entries
      if options.proves {
        do {
          let result = try readBack(options.output, kind: target, onto: model)
          proof = try result.map { try NumericalProof(of: $0, against: source) }
        } catch let error as ConversionError {
          // What others read need not be what this program reads.
          unproved = "\(error)"
        } catch let error as ProofError {
          unproved = "\(error)"
        }
      }
    }
    if let worst = proof?.outputs.max(by: { $0.relativeError < $1.relativeError }),
      !(worst.relativeError <= largestError)
    {
      throw ConversionError(
        options.output,
        "computes other values than \(options.source): output '\(worst.name)' differs by "
          + "\(worst.error) of \(worst.scale); the file was written, but do not use it")
    }
    return Result(output: options.output, report: report, proof: proof, unproved: unproved)
  }

  /// The model of a file that was just written; nil where this program does not read such files.
  private static func readBack(
    _ path: String, kind: FileKind, onto architecture: Model
  ) throws -> Model? {
    var log = ConversionLog(file: path, allowsLoss: true)
    if let importer = Converters.importers.first(where: { $0.kind == kind }) {
      return try importer.model(reading: path, log: &log)
    }
    return try Converters.weightsImporters.first { $0.kind == kind }?.model(
      reading: path, onto: architecture, matching: WeightOptions(), log: &log)
  }

  /// The model of a file of any kind.
  ///
  /// - Throws: `ConversionError`, `ModelFileError`, or the error of a format.
  static func model(
    reading options: Options, kind: FileKind, log: inout ConversionLog
  ) throws -> Model {
    if kind == .nnmodel {
      let file = try ModelFile(reading: options.source)
      try file.checkDigests()
      return try file.model()
    }
    // A file that has its own graph may be loaded onto another one all the same.
    let isOnto =
      options.architecture != nil && Converters.weightsImporters.contains { $0.kind == kind }
    if !isOnto, let importer = Converters.importers.first(where: { $0.kind == kind }) {
      return try importer.model(reading: options.source, log: &log)
    }
    guard let importer = Converters.weightsImporters.first(where: { $0.kind == kind }) else {
      throw ConversionError(options.source, "\(kind) cannot be read")
    }
    guard let path = options.architecture else {
      throw ConversionError(
        options.source,
        "\(kind) holds weights without their graph; --onto names a model that has the graph")
    }
    if [".yaml", ".yml"].contains(where: path.lowercased().hasSuffix) {
      return try importer.model(
        reading: options.source, onto: Model(described: path), matching: options.matching,
        log: &log)
    }
    var graph = options
    graph.source = path
    graph.architecture = nil
    var graphLog = ConversionLog(file: path, allowsLoss: options.allowsLoss)
    let architecture = try model(
      reading: graph, kind: FileKind(ofFile: path), log: &graphLog)
    return try importer.model(
      reading: options.source, onto: architecture, matching: options.matching, log: &log)
  }

  private static func targetKind(_ options: Options) throws -> FileKind {
    if let kind = options.kind { return kind }
    if let kind = FileKind(forName: options.output) { return kind }
    throw ConversionError(
      options.output, "its name does not say what to write; --to names the kind")
  }
}
