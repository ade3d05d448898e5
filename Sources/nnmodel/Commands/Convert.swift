import ArgumentParser
import Converters
import Workflows

/// Turns a model into another program's.
struct Convert: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert",
    abstract: "Turn a model of one program into that of another.",
    usage: "nnmodel convert <in> <out> [--to <kind>] [<options>]",
    discussion: """
      What a file is, is found from its contents; what is written, from its name: .h5 is a model \
      file of nnmodel. What became of everything is printed, and kept in a model file.

        nnmodel convert model.keras model.h5
        nnmodel convert weights.pt model.h5 --onto architecture.h5
        nnmodel convert model.h5 model.onnx
      """)

  @Argument(help: "The file to read.", completion: .file())
  var source: String

  @Argument(help: "The file to write.", completion: .file())
  var output: String

  @Option(
    name: .long,
    help: ArgumentHelp("What to write, where the name does not say it.", valueName: "kind"))
  var to: FileKind?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "A model, of any kind, or a configuration with the graph of weights that come without one.",
      valueName: "file"),
    completion: .file())
  var onto: String?

  @Option(
    name: .customLong("map"), parsing: .singleValue,
    help: ArgumentHelp("A name in the file and the one that is meant.", valueName: "old=new"))
  var renames: [String] = []

  @Flag(name: .long, help: "Load what fits of weights, and leave the rest.")
  var partial = false

  @Flag(name: .long, help: "Leave out what has no counterpart; it is listed.")
  var allowLoss = false

  @Flag(
    name: .long,
    help: "Let dense layers and convolutions take over the batch normalisations behind them.")
  var foldNormalization = false

  @Flag(
    inversion: .prefixedNo,
    help: """
      Read what was written, or what was folded, and compare what it computes on a sample with the \
      source, layer by layer.
      """)
  var prove = true

  @Flag(name: .long, help: "Print the report as one JSON object.")
  var json = false

  func run() throws {
    let result = try Conversion.run(
      Conversion.Options(
        source: source, output: output, kind: to, architecture: onto,
        matching: WeightOptions(
          renames: Dictionary(
            try NamePairs.parse(renames).map { ($0.old, $0.new) }, uniquingKeysWith: { $1 }),
          isPartial: partial), allowsLoss: allowLoss, foldsNormalization: foldNormalization,
        proves: prove, commandLine: NNModel.commandLine))
    if json { return try printOutput(JSONOutput.text(result)) }
    var lines = ConversionText.lines(result.report, output: output)
    if let proof = result.proof { lines += NumericalProofText.lines(proof, for: .output) }
    if let reason = result.unproved { lines += ["", "not read again and compared: \(reason)"] }
    try printOutput(lines)
  }
}

extension FileKind: ExpressibleByArgument {}
