import ArgumentParser
import Workflows

/// Checks a file.
struct Verify: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Check that a model file is whole and as it was written.",
    usage: "nnmodel verify [<file>] [--json]",
    discussion: """
      Reads all of the file: its structure, its index, the SHA-256 of every dataset, whether \
      weights are numbers, and whether network, optimizer and history agree. Prints one line per \
      problem. Exit status: 0 whole, 2 not.

        nnmodel verify
        nnmodel verify tuned.h5
        nnmodel verify --json | jq .identity
      """)

  @Argument(help: "Model file.", completion: .file(extensions: ["h5"]))
  var file = ModelArgument.usual

  @Option(
    name: [.customShort("m"), .customLong("model")],
    help: ArgumentHelp("Model file, as in other commands.", valueName: "file"),
    completion: .file(extensions: ["h5"]))
  var model: String?

  @Flag(name: .long, help: "Print the result as one JSON object.")
  var json = false

  func run() throws {
    let report = Verification.run(model ?? file)
    try json
      ? printOutput(JSONOutput.text(report)) : printOutput(VerificationText.lines(report))
    guard report.isWhole else { throw ExitCode(Failure.dataError) }
  }
}
