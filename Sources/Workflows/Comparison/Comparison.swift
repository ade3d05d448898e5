import Catalogs
import Datasets
import Foundation
import ModelFiles
import Networks
import Training

/// Compares two models, of any readable kind, by what is in them.
public enum Comparison {
  /// What is asked.
  public struct Options: Sendable {
    /// The model that is compared with.
    public var old: String
    /// The model that is compared.
    public var new: String
    /// The parts that are compared; all when nil.
    public var parts: Set<ComparisonPart>?
    /// Patterns of the paths of differences that are not counted.
    public var ignored: [String]
    /// Up to where numbers of a tensor are the same, relative to the largest of them; likewise for
    /// answers to rows.
    public var tolerance: Double
    /// A table or arrays to which the answers are compared.
    public var data: String?
    /// How the table is read, where that is not to be found out.
    public var csv: CSVOptions
    /// Further models that tell which model comes from which.
    public var lineage: [String]
    /// Whether every byte is compared with its digest first.
    public var verifies: Bool
    /// How many threads work; all processors when nil.
    public var threads: Int?

    /// Options of comparing.
    public init(
      old: String, new: String, parts: Set<ComparisonPart>? = nil, ignored: [String] = [],
      tolerance: Double = 0, data: String? = nil, csv: CSVOptions = CSVOptions(),
      lineage: [String] = [], verifies: Bool = false, threads: Int? = nil
    ) {
      self.old = old
      self.new = new
      self.parts = parts
      self.ignored = ignored
      self.tolerance = tolerance
      self.data = data
      self.csv = csv
      self.lineage = lineage
      self.verifies = verifies
      self.threads = threads
    }

    /// How many threads work.
    var threadCount: Int { threads ?? ProcessInfo.processInfo.activeProcessorCount }

    /// Whether a part is to be compared.
    func includes(_ part: ComparisonPart) -> Bool { parts?.contains(part) ?? true }

    /// Checks what was asked.
    ///
    /// - Throws: `OptionError`.
    func validate() throws {
      guard tolerance >= 0, tolerance.isFinite else {
        throw OptionError("--tolerance", expected: "0 or more", found: "\(tolerance)")
      }
      if data == "-" {
        throw OptionError("--data", expected: "a file, which both models read", found: "'-'")
      }
      if data == nil, parts == [.behaviour] {
        throw OptionError("--data", expected: "a table or arrays for behaviour", found: "nothing")
      }
    }
  }

  /// Compares two files.
  ///
  /// Of weights without a graph those of the other side's graph are meant where they fit it; otherwise
  /// tensors are compared by their names.
  ///
  /// - Throws: the error of the file that cannot be read, `TableError` or `FormatError` for rows that do
  ///   not fit both models, `OptionError`.
  public static func run(_ options: Options) throws -> ComparisonReport {
    try options.validate()
    let (old, new) = try ComparedFile.both(options)
    let filter = DifferenceFilter(options)
    guard let oldModel = old.model, let newModel = new.model else {
      guard options.data == nil else {
        let side = old.model == nil ? old : new
        throw OptionError("--data", expected: "models with a graph", found: "'\(side.path)'")
      }
      return try tensorReport(old, new, options, filter)
    }
    return try ModelComparison(old, oldModel, new, newModel, options).report(filter)
  }

  /// What differs between tensors by their names alone.
  private static func tensorReport(
    _ old: ComparedFile, _ new: ComparedFile, _ options: Options, _ filter: DifferenceFilter
  ) throws -> ComparisonReport {
    func tensors(_ file: ComparedFile) -> [ReadableTensor] {
      if case .tensors(let tensors) = file.content {
        tensors.map { ReadableTensor($0) }
      } else {
        []
      }
    }
    let pairs = TensorPairing.pairs(tensors(old), tensors(new))
    let comparison = TensorComparison(
      tolerance: options.tolerance, threads: options.threadCount)
    let parts =
      options.includes(.parameters)
      ? [filter.part(.parameters, tensors: try comparison.report(pairs))] : []
    var notes = old.notes
    for note in new.notes where !notes.contains(note) { notes.append(note) }
    return ComparisonReport(
      old: ComparisonReport.File(old), new: ComparisonReport.File(new), parts: parts, lineage: nil,
      behaviour: nil, layers: nil, commonEpochCount: nil, notes: notes)
  }
}

extension ComparisonReport.File {
  init(_ file: ComparedFile) {
    path = file.path
    kind = file.kind.rawValue
    identity = file.model?.identity
    parameterCount = file.model.flatMap { try? ParameterLayout($0.network).count }
  }
}

/// Which differences count.
struct DifferenceFilter {
  private let patterns: [PathPattern]

  init(_ options: Comparison.Options) { patterns = options.ignored.map { PathPattern($0) } }

  /// Whether a difference at a path of a part is not counted.
  func ignores(_ path: String, in part: ComparisonPart) -> Bool {
    patterns.contains { $0.matches(path) || $0.matches(part.rawValue) }
  }

  /// A part without the differences that are not counted.
  func part(
    _ part: ComparisonPart, _ changes: [Change] = [], tensors: TensorsReport? = nil
  ) -> ComparisonReport.Part {
    let counted = changes.filter { !ignores($0.path, in: part) }
    let kept = tensors?.ignoring { change in
      ignores(change.path, in: part) || change.oldPath.map { ignores($0, in: part) } ?? false
    }
    let ignored =
      changes.count - counted.count + (tensors?.changes.count ?? 0) - (kept?.changes.count ?? 0)
    return ComparisonReport.Part(
      part: part, changes: counted, tensors: kept, ignoredCount: ignored)
  }
}
