import ArgumentParser
import Workflows

/// Predicts rows.
struct Predict: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict",
    abstract: "Predict every row of a table or of arrays.",
    usage: "nnmodel predict <table> [-o <file>] [<options>]",
    discussion: """
      Writes the class and the probability of every class, or the number, in the order of the \
      rows. Columns are found by name; others are ignored. Takes tables of any length.

      Arrays of NumPy (.npz, or .npy for one input) are the inputs of the network by name, as \
      they are once columns are prepared: nothing is scaled. A table for a model without \
      columns has one for each number of the flattened inputs. Where the output's name ends in \
      .npy or .npz it holds the predictions as arrays, .npz each output by its name.

        nnmodel predict data.csv
        nnmodel predict data.csv.gz -o predictions.csv --keep id,name
        gunzip -c data.csv.gz | nnmodel predict - --json
        nnmodel predict images.npz -o predictions.npz
      """)

  @Argument(
    help: "Table or arrays to predict: CSV, also gzip-compressed, .npy, .npz; - is standard input.",
    completion: .file(extensions: ["csv", "tsv", "gz", "npy", "npz"]))
  var table: String

  @OptionGroup var model: ModelArgument

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "Where predictions go; standard output when not given.", valueName: "file"),
    completion: .file(extensions: ["csv", "npy", "npz"]))
  var output: String?

  @Option(
    name: .long,
    help: ArgumentHelp("Columns to pass through, as in id,name.", valueName: "columns"))
  var keep: String?

  @Flag(name: .long, help: "Write the class alone, without probabilities.")
  var noProbabilities = false

  @OptionGroup var threads: ThreadArgument

  @Flag(name: .long, help: "Compare every byte of the model with its SHA-256 first.")
  var verify = false

  @Flag(name: .long, help: "Say nothing but errors.")
  var quiet = false

  @Flag(name: .long, help: "Write one JSON object per row and line.")
  var json = false

  @OptionGroup(title: "Table") var tableFlags: TableFlags

  func run() throws {
    let result = try Prediction.run(
      Prediction.Options(
        model: model.path, input: table, verifies: verify, output: output,
        keep: (keep ?? "").split(separator: ",").map(String.init), format: json ? .jsonLines : .csv,
        includesProbabilities: !noProbabilities, csv: tableFlags.csvOptions(),
        threads: threads.count))
    guard !quiet else { return }
    for note in [threads.note].compactMap(\.self) + result.notes { printError("note: \(note)") }
    if let output, output != "-" {
      printError("wrote \(NumberText.count(result.rowCount, "prediction")) to \(output)")
    }
  }
}
