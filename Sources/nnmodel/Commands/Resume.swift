import ArgumentParser
import Workflows

/// Goes on with a run.
struct Resume: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "resume",
    abstract: "Go on with an interrupted train or finetune.",
    usage: "nnmodel resume [-m <file>] [<options>]",
    discussion: """
      The file holds the whole state of the run; the rows are read again from where they were. \
      The result is the same as if the run had never been interrupted, to the last bit. Rows that \
      have changed are refused; every option that changes is told.

        nnmodel resume
        nnmodel resume -m tuned.h5
        nnmodel resume --data moved/phones.csv
        nnmodel resume --epochs 200
        nnmodel resume --prove

      --prove takes the next steps twice, from memory and from a file, compares all bits, and \
      leaves the run as it is. Exit status: 0 exact, 2 not.
      """)

  @OptionGroup var model: ModelArgument

  @Option(
    name: .long,
    help: ArgumentHelp("Where the rows are now, if they have moved.", valueName: "file"),
    completion: .file(extensions: ["csv", "tsv", "gz"]))
  var data: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Where the validation rows are now, if they have a file and it has moved.",
      valueName: "file"),
    completion: .file(extensions: ["csv", "tsv", "gz"]))
  var validation: String?

  @Flag(name: .long, help: "Go on even though the rows have changed.")
  var acceptChangedData = false

  @Flag(name: .long, help: "Prove that going on is exact, and do nothing else.")
  var prove = false

  @Option(
    name: .long,
    help: ArgumentHelp("Steps that a proof takes before and after its file.", valueName: "count"))
  var proveSteps = 20

  @OptionGroup var reporting: ReportingFlags
  @OptionGroup(title: "Training") var trainingFlags: TrainingFlags
  // Taken, so that the workflow can say why they cannot be changed.
  @OptionGroup(visibility: .hidden) var learningFlags: LearningFlags

  func validate() throws {
    guard proveSteps > 0 else {
      throw ValidationError("--prove-steps: expected 1 or more, found \(proveSteps)")
    }
  }

  func run() throws {
    let options = Resumption.Options(
      model: model.path, data: data, validation: validation,
      acceptsChangedData: acceptChangedData,
      overrides: learningFlags.given + trainingFlags.given)
    if prove { return try prove(options) }
    try TrainingReporter(reporting).report { shouldStop, onEvent in
      try Resumption.run(options, until: shouldStop, onEvent: onEvent)
    }
  }

  private func prove(_ options: Resumption.Options) throws {
    let report = try ResumptionProof.run(options, stepCount: proveSteps) { note in
      if !reporting.quiet { printError("note: \(note)") }
    }
    if reporting.json {
      try printOutput(JSONOutput.text(report))
    } else if !reporting.quiet {
      try printOutput(ProofText.lines(report))
    }
    guard report.isExact else { throw ExitCode(Failure.dataError) }
  }
}
