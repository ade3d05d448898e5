import ArgumentParser
import Workflows

/// Scores predictions.
struct Evaluate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Score a model on a table whose true values are known.",
    usage: "nnmodel evaluate <table> [-m <file>] [<options>]",
    discussion: """
      For classes: accuracy, F1, AUC, log-loss, each class and the confusion matrix. For numbers: \
      mean absolute error, root mean squared error and R².

        nnmodel evaluate test.csv
        nnmodel evaluate test.csv -m tuned.h5
        nnmodel evaluate test.csv --json
      """)

  @Argument(
    help: "Table with the target's column: CSV, also gzip-compressed; - is standard input.",
    completion: .file(extensions: ["csv", "tsv", "gz"]))
  var table: String

  @OptionGroup var model: ModelArgument

  @Flag(name: .long, help: "Print the scores as one JSON object.")
  var json = false

  @OptionGroup(title: "Table") var tableFlags: TableFlags

  func run() throws {
    let result = try Evaluation.run(
      Evaluation.Options(model: model.path, table: table, csv: tableFlags.csvOptions()))
    if json { return try printOutput(JSONOutput.text(result)) }
    for note in result.notes { printError("note: \(note)") }
    try printOutput(EvaluationText.lines(result, for: .output))
  }
}
