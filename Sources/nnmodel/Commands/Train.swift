import ArgumentParser
import Workflows

/// Trains a new model.
struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Train a network on a table and write a model file.",
    usage: "nnmodel train <table> --target <column> [<options>]",
    discussion: """
      The target's values decide between classes and numbers, a part of the rows is held out to \
      judge every epoch, and the best epoch is kept. Only --target is needed.

        nnmodel train phones.csv --target price_range
        nnmodel train houses.csv --target price --hidden 64,32 --dropout 0.2
        nnmodel train phones.csv --target price_range --config train.yaml
        nnmodel train big.csv.gz --target label -o big.h5 --quiet

      Ctrl-C saves and stops; nnmodel resume goes on.
      """)

  @Argument(
    help: "Table to learn from: CSV, also gzip-compressed; - is standard input.",
    completion: .file(extensions: ["csv", "tsv", "gz"]))
  var table: String

  @Option(
    name: .shortAndLong, help: ArgumentHelp("Where the model goes.", valueName: "file"),
    completion: .file(extensions: ["h5"]))
  var output = ModelArgument.usual

  @OptionGroup var configuration: ConfigurationArgument
  @OptionGroup var reporting: ReportingFlags
  @OptionGroup(title: "Table") var tableFlags: TableFlags
  @OptionGroup(title: "Columns") var columnFlags: ColumnFlags
  @OptionGroup(title: "Rows") var rowFlags: RowFlags
  @OptionGroup(title: "Network") var networkFlags: NetworkFlags
  @OptionGroup(title: "Learning") var learningFlags: LearningFlags
  @OptionGroup(title: "Training") var trainingFlags: TrainingFlags

  func run() throws {
    let asked = try configuration.configuration(
      followedBy: [
        tableFlags, columnFlags, rowFlags, networkFlags, learningFlags, trainingFlags,
      ])
    let options = ModelTraining.Options(
      table: table, configuration: asked, output: output, commandLine: NNModel.commandLine)
    try TrainingReporter(reporting).report { shouldStop, onEvent in
      try ModelTraining.run(options, until: shouldStop, onEvent: onEvent)
    }
  }
}
