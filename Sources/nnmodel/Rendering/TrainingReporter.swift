#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif
import ArgumentParser
import Workflows

/// What train, finetune and resume show, and how they end.
struct TrainingReporter {
  private let flags: ReportingFlags

  init(_ flags: ReportingFlags) { self.flags = flags }

  /// Runs a workflow with its progress on standard error and its result on standard output.
  ///
  /// - Throws: what the workflow throws, and an exit code when it was interrupted and saved.
  func report(
    _ run: (() -> Bool, (ModelTrainingEvent) throws -> Void) throws -> ModelTrainingResult
  ) throws {
    var view = TrainingProgressView(isQuiet: flags.quiet, isJSON: flags.json)
    defer { view.end() }
    Interruption.listen()
    // A run is not lost because whoever read its progress, as in `… 2>&1 | head`, is gone.
    signal(SIGPIPE, SIG_IGN)
    let result = try run({ Interruption.hasCome }, { try view.show($0) })
    signal(SIGPIPE, SIG_DFL)
    view.end()
    if flags.json {
      try printOutput(JSONOutput.text(result))
    } else if !flags.quiet {
      try printOutput(TrainingText.lines(result, for: .output))
    }
    if result.isInterrupted {
      let model =
        result.output == ModelArgument.usual ? "" : " -m \(shellWord(result.output))"
      printError(
        "saved \(result.output) after step \(result.steps); go on with: nnmodel resume\(model)")
      throw ExitCode(Interruption.exitCode)
    }
  }
}
