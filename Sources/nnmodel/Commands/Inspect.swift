import ArgumentParser
import Workflows

/// Shows what is in a file.
struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Show what is in a model file, or in a file of another program.",
    usage: "nnmodel inspect [<file>] [--tensors] [--stats] [--graph <form>] [--json]",
    discussion: """
      Layers, columns, training with its curve, configuration and origin. The numbers themselves \
      are read with --stats and --tensor only, so that the largest file is shown at once. Of an HDF5 \
      file of another program its groups, datasets and attributes are shown, and of Keras archives, \
      ONNX, PyTorch, safetensors and NumPy what the header tells.

        nnmodel inspect
        nnmodel inspect tuned.h5 --stats
        nnmodel inspect tuned.h5 --tensor dense_1/kernel
        nnmodel inspect --graph svg > model.svg
        nnmodel inspect --json | jq .training.best
      """)

  @Argument(help: "Model file.", completion: .file(extensions: ["h5"]))
  var file = ModelArgument.usual

  @Option(
    name: [.customShort("m"), .customLong("model")],
    help: ArgumentHelp("Model file, as in other commands.", valueName: "file"),
    completion: .file(extensions: ["h5"]))
  var model: String?

  @Flag(name: .long, help: "Read every tensor and show what its numbers are like.")
  var stats = false

  @Option(
    name: .long, help: ArgumentHelp("Print the numbers of one tensor.", valueName: "name"))
  var tensor: String?

  @Flag(name: .long, help: "List every tensor; those that differ in a number alone are one line.")
  var tensors = false

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Print the graph of layers alone: text, dot (for Graphviz) or svg (a picture).",
      valueName: "form"))
  var graph: GraphForm?

  @Flag(name: .long, help: "Compare every byte with its SHA-256 first.")
  var verify = false

  @Flag(name: .long, help: "Print everything as one JSON object.")
  var json = false

  func run() throws {
    let path = model ?? file
    if let graph { return try printOutput(graph.text(of: Inspection.graph(path))) }
    if let tensor {
      let report = try Inspection.values(of: tensor, in: path)
      return try json
        ? printOutput(JSONOutput.text(report))
        : printOutput(TensorValuesText.lines(report, for: .output))
    }
    let detail: TensorDetail = stats ? .measured : tensors ? .listed : .none
    switch try Inspection.look(into: path, tensors: detail, verifies: verify) {
    case .model(let report):
      if json { return try printOutput(JSONOutput.text(report)) }
      try printOutput(InspectionText(report, terminal: .output).lines())
    case .foreign(let report):
      if json { return try printOutput(JSONOutput.text(report)) }
      try printOutput(ForeignText(report, terminal: .output).lines())
    case .tensors(let report):
      if json { return try printOutput(JSONOutput.text(report)) }
      try printOutput(TensorText.lines(report, for: .output))
    case .other(let contents):
      if json { return try printOutput(JSONOutput.text(contents)) }
      try printOutput(ContentsText(contents, terminal: .output).lines())
    }
  }
}

/// How a graph is drawn.
enum GraphForm: String, ExpressibleByArgument, CaseIterable {
  case text, dot, svg

  /// The graph in this form, without the last line's end.
  func text(of graph: GraphReport) -> String {
    switch self {
    case .text: GraphText.lines(graph, for: .output).joined(separator: "\n")
    case .dot: GraphDOT.text(graph)
    case .svg: GraphSVG.text(graph)
    }
  }
}
