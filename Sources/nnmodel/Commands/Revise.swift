import ArgumentParser
import Tensors
import Workflows

/// The file that is read and the one that is written.
struct RevisedFiles: ParsableArguments {
  @Argument(help: "Model file.", completion: .file(extensions: ["h5"]))
  var source: String

  @Argument(help: "The file to write.", completion: .file(extensions: ["h5"]))
  var output: String
}

/// Leaves out what only training needs.
struct Strip: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "strip",
    abstract: "Write a model file without what only training needs.",
    usage: "nnmodel strip <in> <out>",
    discussion: """
      The optimizer's state and the parameters of an unfinished run are left out; predictions stay \
      the same. Options and history of a run that has ended stay.

        nnmodel strip model.h5 small.h5
      """)

  @OptionGroup var files: RevisedFiles

  @Flag(name: .long, help: "Print the result as one JSON object.")
  var json = false

  func run() throws {
    let result = try Revision.strip(
      files.source, to: files.output, commandLine: NNModel.commandLine)
    try RevisionText.print(result, asJSON: json)
  }
}

/// Stores weights as another type.
struct Cast: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cast",
    abstract: "Write a model file with its weights as another type.",
    usage: "nnmodel cast <in> <out> --to float16|bfloat16|float32|float64",
    discussion: """
      Numbers become the nearest that the type has; the model is computed with in float32. The \
      state of training is left out. How far the predictions differ on a sample is printed.

        nnmodel cast model.h5 half.h5 --to float16
      """)

  @OptionGroup var files: RevisedFiles

  @Option(
    name: .long,
    help: ArgumentHelp("float16, bfloat16, float32 or float64.", valueName: "type"),
    transform: { name in
      guard let type = ElementType(rawValue: name), type.isFloatingPoint else {
        throw ValidationError("expected float16, bfloat16, float32 or float64, found '\(name)'")
      }
      return type
    })
  var to: ElementType

  @Flag(name: .long, help: "Print the result as one JSON object.")
  var json = false

  func run() throws {
    let (result, proof) = try Revision.cast(
      files.source, to: files.output, as: to, commandLine: NNModel.commandLine)
    if json { return try printOutput(JSONOutput.text(CastResult(result: result, proof: proof))) }
    try RevisionText.print(result, asJSON: false)
    try printOutput(NumericalProofText.lines(proof, for: .output).joined(separator: "\n"))
  }

  private struct CastResult: Encodable {
    let result: Revision.Result
    let proof: NumericalProof
  }
}

/// Gives layers other names.
struct Rename: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rename",
    abstract: "Write a model file with other names of layers, inputs or outputs.",
    usage: "nnmodel rename <in> <out> --map <old=new> ...",
    discussion: """
      A * in a name stands for any text. The state of training stays, so that the model can be \
      trained on.

        nnmodel rename model.h5 renamed.h5 --map dense_1=hidden --map 'block_*=encoder_*'
      """)

  @OptionGroup var files: RevisedFiles

  @Option(
    name: .customLong("map"), parsing: .singleValue,
    help: ArgumentHelp("A name that is, and the one that is to be.", valueName: "old=new"))
  var names: [String]

  @Flag(name: .long, help: "Print the result as one JSON object.")
  var json = false

  func run() throws {
    let result = try Revision.rename(
      files.source, to: files.output, names: try NamePairs.parse(names),
      commandLine: NNModel.commandLine)
    try RevisionText.print(result, asJSON: json)
  }
}

/// Takes the mean of models.
struct Average: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "average",
    abstract: "Write the mean of the weights of several models.",
    usage: "nnmodel average <file> <file> ... -o <file> [--data <table>]",
    discussion: """
      The models have the same layers, as checkpoints of one run or runs with different seeds from \
      one start. Running statistics of batch normalisation are measured anew on data.

        nnmodel average a.h5 b.h5 c.h5 -o mean.h5 --data train.csv
      """)

  @Argument(help: "Model files, at least two.", completion: .file(extensions: ["h5"]))
  var sources: [String]

  @Option(
    name: .shortAndLong, help: ArgumentHelp("The file to write.", valueName: "file"),
    completion: .file(extensions: ["h5"]))
  var output: String

  @Option(
    name: .long,
    help: ArgumentHelp(
      "A table, or arrays of NumPy, on which running statistics are measured.", valueName: "file"))
  var data: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Rows that are measured together; as many as in training when not given.",
      valueName: "count"))
  var batchSize: Int?

  @Flag(name: .long, help: "Print the result as one JSON object.")
  var json = false

  func validate() throws {
    guard sources.count > 1 else {
      throw ValidationError("expected at least two model files, found \(sources.count)")
    }
    if let batchSize, batchSize < 1 {
      throw ValidationError("--batch-size: expected at least 1, found \(batchSize)")
    }
  }

  func run() throws {
    let result = try Revision.average(
      sources, to: output, data: data, batchSize: batchSize, commandLine: NNModel.commandLine)
    try RevisionText.print(result, asJSON: json)
  }
}

/// Names given as old=new.
enum NamePairs {
  /// The pairs in their order.
  static func parse(_ words: [String]) throws -> [(old: String, new: String)] {
    try words.map { word in
      let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
      guard parts.count == 2 else {
        throw ValidationError("--map: expected old=new, found '\(word)'")
      }
      return (parts[0], parts[1])
    }
  }
}
