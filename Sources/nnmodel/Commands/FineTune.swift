import ArgumentParser
import Workflows

/// Trains a model further.
struct FineTune: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "finetune",
    abstract: "Train a model further on new rows and write it to another file.",
    usage: "nnmodel finetune <table> [-o <file>] [<options>]",
    discussion: """
      Starts from the model's weights and, unless told otherwise, from its optimizer's state. \
      Columns are prepared as they were for the model, options are those it was trained with. Of \
      arrays, those named as the inputs are taken, and target or y, or what --target names, is \
      learned.

        nnmodel finetune new_rows.csv -o tuned.h5
        nnmodel finetune new_rows.csv --learning-rate 1e-4 --epochs 10
        nnmodel finetune new_rows.csv -m old.h5 --reset-optimizer
        nnmodel finetune digits.npz -m from_keras.h5
      """)

  @Argument(
    help: "New rows: CSV, also gzip-compressed, or arrays (.npz); - is standard input.",
    completion: .file(extensions: ["csv", "tsv", "gz", "npz"]))
  var table: String

  @OptionGroup var model: ModelArgument

  @Option(
    name: .shortAndLong, help: ArgumentHelp("Where the new model goes.", valueName: "file"),
    completion: .file(extensions: ["h5"]))
  var output = "tuned.h5"

  @Flag(name: .long, help: "Begin with a fresh optimizer.")
  var resetOptimizer = false

  @OptionGroup var configuration: ConfigurationArgument
  @OptionGroup var reporting: ReportingFlags
  @OptionGroup(title: "Table") var tableFlags: TableFlags
  @OptionGroup(title: "Rows") var rowFlags: RowFlags
  @OptionGroup(title: "Learning") var learningFlags: LearningFlags
  @OptionGroup(title: "Training") var trainingFlags: TrainingFlags
  // Taken, so that the workflow can say why they cannot be changed.
  @OptionGroup(visibility: .hidden) var columnFlags: ColumnFlags
  @OptionGroup(visibility: .hidden) var networkFlags: NetworkFlags

  func run() throws {
    let options = FineTuning.Options(
      table: table, model: model.path, output: output,
      overrides: try configuration.values(
        followedBy: [
          tableFlags, columnFlags, rowFlags, networkFlags, learningFlags, trainingFlags,
        ]),
      resetsOptimizer: resetOptimizer, commandLine: NNModel.commandLine)
    try TrainingReporter(reporting).report { shouldStop, onEvent in
      try FineTuning.run(options, until: shouldStop, onEvent: onEvent)
    }
  }
}
