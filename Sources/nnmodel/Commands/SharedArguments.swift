import ArgumentParser
import Foundation

/// The model that a command works with.
struct ModelArgument: ParsableArguments {
  /// The model where none is named.
  static let usual = "model.h5"

  @Option(
    name: [.customShort("m"), .customLong("model")],
    help: ArgumentHelp("Model file.", valueName: "file"), completion: .file(extensions: ["h5"]))
  var path = ModelArgument.usual
}

/// How many threads work, for commands whose results do not depend on it.
struct ThreadArgument: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp(
      "Threads that work; all processors when not given, and never more.", valueName: "count"))
  var threads: Int?

  func validate() throws {
    if let threads, !(1...256).contains(threads) {
      throw ValidationError("--threads: expected 1 to 256, found \(threads)")
    }
  }

  /// The threads that were asked for, as far as the machine has processors for them.
  var count: Int? { threads.map { min($0, ThreadArgument.processors) } }

  /// What is said where more were asked for.
  var note: String? {
    guard let threads, threads > ThreadArgument.processors else { return nil }
    let processors = NumberText.count(ThreadArgument.processors, "processor")
    return "this machine has \(processors), so that of \(threads) threads "
      + "\(ThreadArgument.processors) work"
  }

  private static let processors = ProcessInfo.processInfo.activeProcessorCount
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
