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
      The result is the same as if the run had never been interrupted.

        nnmodel resume
        nnmodel resume -m tuned.h5
        nnmodel resume --data moved/phones.csv
      """)

  @OptionGroup var model: ModelArgument

  @Option(
    name: .long,
    help: ArgumentHelp("Where the rows are now, if they have moved.", valueName: "file"),
    completion: .file(extensions: ["csv", "tsv", "gz"]))
  var data: String?

  @Flag(name: .long, help: "Go on even though the rows have changed.")
  var acceptChangedData = false

  @OptionGroup var reporting: ReportingFlags

  func run() throws {
    let options = Resumption.Options(
      model: model.path, data: data, acceptsChangedData: acceptChangedData)
    try TrainingReporter(reporting).report { shouldStop, onEvent in
      try Resumption.run(options, until: shouldStop, onEvent: onEvent)
    }
  }
}
