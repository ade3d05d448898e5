import ArgumentParser
import Workflows

/// Scores predictions.
struct Evaluate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Score a model on a table or arrays whose true values are known.",
    usage: "nnmodel evaluate <table> [-m <file>] [<options>]",
    discussion: """
      For classes: accuracy, F1, AUC, log-loss, each class and the confusion matrix. For numbers: \
      mean absolute error, root mean squared error and R².

      An archive of NumPy (.npz) has the inputs of the network by name and the targets as \
      'target', 'targets' or 'y', or as --target says: classes by their number from 0, numbers \
      in their own unit. Of such rows the loss is measured too. A table for a model without \
      columns has one for each number of the flattened inputs, and the targets behind them.

        nnmodel evaluate test.csv
        nnmodel evaluate test.csv -m tuned.h5
        nnmodel evaluate test.csv --json
        nnmodel evaluate test.npz --target labels --loss cross_entropy
      """)

  @Argument(
    help:
      "Table with the target's column or arrays: CSV, also gzip-compressed, .npz; - is standard input.",
    completion: .file(extensions: ["csv", "tsv", "gz", "npz"]))
  var table: String

  @OptionGroup var model: ModelArgument

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Arrays, or columns for a model without columns, that hold the targets of each output.",
      valueName: "names"))
  var target: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Loss to measure on arrays; the one it was trained with when not given.",
      valueName: "name"), completion: .option("loss"))
  var loss: String?

  @OptionGroup var threads: ThreadArgument

  @Flag(name: .long, help: "Print the scores as one JSON object.")
  var json = false

  @OptionGroup(title: "Table") var tableFlags: TableFlags

  func run() throws {
    let result = try Evaluation.run(
      Evaluation.Options(
        model: model.path, table: table, target: target, loss: loss,
        csv: tableFlags.csvOptions(), threads: threads.count))
    if json { return try printOutput(JSONOutput.text(result)) }
    for note in [threads.note].compactMap(\.self) + result.notes { printError("note: \(note)") }
    try printOutput(EvaluationText.lines(result, for: .output))
  }
}
