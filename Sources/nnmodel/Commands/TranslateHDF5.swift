import ArgumentParser
import HDF5

/// Reads a foreign HDF5 file for another process of this tool, which trusts neither the file nor
/// this process.
struct TranslateHDF5: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: ForeignReader.command,
    abstract: "Translate an HDF5 file of another program into a native one.",
    shouldDisplay: false)

  @Argument(help: "HDF5 file.")
  var file: String

  @Argument(help: "Empty file that takes the translation, and loses its name.")
  var output: String

  @Option(
    name: .customLong(ForeignReader.unpackedBytesOption), help: "What its contents may take.")
  var unpackedBytes: Int

  @Option(name: .customLong(ForeignReader.secondsOption), help: "What reading it may take.")
  var seconds: Int

  func validate() throws {
    guard (0...1 << 48).contains(unpackedBytes), (1...1 << 20).contains(seconds) else {
      throw ValidationError("expected limits within reason")
    }
  }

  func run() throws {
    let limits = ForeignLimits(unpackedByteCount: unpackedBytes, seconds: seconds)
    do {
      try Translation.write(file, to: output, limits: limits)
    } catch {
      // The place on one line and the words on the next, whatever is in them.
      for part in [error.place.path, "\(error.reason)"] {
        try printOutput(part.split(whereSeparator: \.isNewline).joined(separator: " "))
      }
      throw ExitCode(ForeignReader.refusalStatus)
    }
  }
}
