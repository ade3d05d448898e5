import Foundation
import ModelFiles
import Training

/// Shows on a stopped run that its file holds all that it needs to go on exactly.
public enum ResumptionProof {
  /// Takes some steps, then takes the next ones twice: once from memory, and once from a file that
  /// the state is written to and read from again, rows and all. What both lead to is compared bit by
  /// bit. The run itself stays where it is, and its file is not touched.
  ///
  /// - Parameters:
  ///   - options: the run; nothing of it may change.
  ///   - stepCount: how many steps are taken before the state is written, and how many twice; fewer
  ///     where the run has fewer left.
  ///   - onNote: told what was noticed, one line each.
  /// - Throws: as ``Resumption/run(_:until:onEvent:)``.
  public static func run(
    _ options: Resumption.Options, stepCount: Int = 20,
    onNote: (String) throws -> Void = { _ in }
  ) throws -> ResumptionProofReport {
    precondition(stepCount > 0, "a proof takes at least one step")
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("nnmodel-proof-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

    let run = try ResumableRun(reading: options.model, options: options, onNote: onNote)
    let trainer = try run.trainer()
    let left = trainer.stepCount - trainer.progress.step
    try trainer.take(min(stepCount, left - 1))
    let start = trainer.progress.step
    try write(trainer, of: run, to: path("state.h5"))
    try trainer.take(stepCount)
    try write(trainer, of: run, to: path("memory.h5"))

    let restored = try ResumableRun(
      reading: path("state.h5"), options: options, onNote: { _ in })
    let second = try restored.trainer()
    try second.take(stepCount)
    try write(second, of: restored, to: path("file.h5"))

    let (fromMemory, fromFile) = (
      try ModelFile(reading: path("memory.h5")), try ModelFile(reading: path("file.h5"))
    )
    return ResumptionProofReport(
      path: options.model, firstStep: start + 1, lastStep: trainer.progress.step,
      datasetCount: fromMemory.datasetCount, identityFromMemory: fromMemory.identity,
      identityFromFile: fromFile.identity,
      differences: fromMemory.pathsOfDifferences(from: fromFile))
  }

  private static func write(_ trainer: Trainer, of run: ResumableRun, to path: String) throws {
    try Model(
      network: trainer.network, options: trainer.options, state: trainer.state(),
      preprocessing: run.preprocessing,
      configuration: CanonicalJSON.text(of: run.configuration.values),
      provenance: run.model.provenance, extensions: run.model.extensions
    ).write(to: path)
  }
}

/// What came of a proof.
public struct ResumptionProofReport: Encodable, Hashable, Sendable {
  /// The file of the run.
  public let path: String
  /// The first step that was taken twice, from 1.
  public let firstStep: Int
  /// The last step that was taken twice.
  public let lastStep: Int
  /// How many datasets were compared: weights, optimizer, live state, history, position.
  public let datasetCount: Int
  /// What a file of the run's state would hold after these steps from memory.
  public let identityFromMemory: String
  /// The same after these steps from the file.
  public let identityFromFile: String
  /// The datasets that differ.
  public let differences: [String]

  /// Whether both are the same to the last bit.
  public var isExact: Bool { identityFromMemory == identityFromFile && differences.isEmpty }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(path, forKey: .path)
    try container.encode(firstStep, forKey: .firstStep)
    try container.encode(lastStep, forKey: .lastStep)
    try container.encode(datasetCount, forKey: .datasetCount)
    try container.encode(identityFromMemory, forKey: .identityFromMemory)
    try container.encode(identityFromFile, forKey: .identityFromFile)
    try container.encode(differences, forKey: .differences)
    try container.encode(isExact, forKey: .isExact)
  }

  private enum CodingKeys: String, CodingKey {
    case path, differences
    case firstStep = "first_step"
    case lastStep = "last_step"
    case datasetCount = "datasets"
    case identityFromMemory = "identity_from_memory"
    case identityFromFile = "identity_from_file"
    case isExact = "is_exact"
  }
}

extension Trainer {
  /// Takes so many steps, or as many as are left.
  fileprivate func take(_ count: Int) throws {
    guard count > 0 else { return }
    let end = progress.step + count
    try run(until: { progress.step >= end })
  }
}
