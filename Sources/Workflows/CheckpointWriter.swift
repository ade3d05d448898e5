import Foundation
import ModelFiles

/// Writes checkpoints of a run while the run goes on.
///
/// Training waits for nothing but the copy that it hands over. One checkpoint is written at a time;
/// the one before it stays beside it until the run is done.
final class CheckpointWriter: @unchecked Sendable {
  /// How the writing of a checkpoint ended.
  enum Outcome {
    case written
    case failed(any Error)
  }

  private let output: String
  private let queue = DispatchQueue(label: "nnmodel.checkpoints")
  private let lock = NSLock()
  private var isBusy = false
  private var outcome: Outcome?

  /// A writer to one file.
  init(output: String) { self.output = output }

  /// Whether the last checkpoint is done, so that the next can be taken.
  var isIdle: Bool { lock.withLock { !isBusy } }

  /// Begins to write a checkpoint.
  ///
  /// - Precondition: the one before is done.
  func begin(_ model: Model) {
    precondition(isIdle, "one checkpoint is written at a time")
    lock.withLock { isBusy = true }
    queue.async { [self] in
      let outcome: Outcome
      do {
        // Training has the processors.
        try model.write(to: output, keepsPrevious: true, threads: 1)
        outcome = .written
      } catch {
        outcome = .failed(error)
      }
      lock.withLock {
        self.outcome = outcome
        isBusy = false
      }
    }
  }

  /// How the last checkpoint ended, told once.
  func takeOutcome() -> Outcome? {
    lock.withLock {
      defer { outcome = nil }
      return outcome
    }
  }

  /// Waits until nothing is being written.
  func wait() { queue.sync {} }

  /// Writes the model that the run ends with, and removes what only a running run needs.
  ///
  /// - Throws: `ModelFileError`; the last checkpoint is then still there.
  func finish(_ model: Model) throws {
    wait()
    try model.write(to: output)
    ReplacingFile.removePrevious(of: output)
  }
}
