import ArgumentParser

/// The model that a command works with.
struct ModelArgument: ParsableArguments {
  /// The model where none is named.
  static let usual = "model.h5"

  @Option(
    name: [.customShort("m"), .customLong("model")],
    help: ArgumentHelp("Model file.", valueName: "file"), completion: .file(extensions: ["h5"]))
  var path = ModelArgument.usual
}

/// How much is said.
struct ReportingFlags: ParsableArguments {
  @Flag(name: .long, help: "Say nothing but errors.")
  var quiet = false

  @Flag(
    name: .long,
    help: "Print the result as one JSON object, and each epoch as a JSON line on standard error.")
  var json = false
}
