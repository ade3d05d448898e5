#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The tool: reads the command line, runs a command, and turns what went wrong into one line.
@main
enum Main {
  static func main() {
    // A reader that has seen enough, as in `nnmodel predict … | head`, ends the tool quietly.
    signal(SIGPIPE, SIG_DFL)
    // A file that may grow no further is an error to tell, not to die of.
    signal(SIGXFSZ, SIG_IGN)
    let arguments = Array(CommandLine.arguments.dropFirst())
    do {
      var command = try NNModel.parseAsRoot(PlainFlags.expanded(in: arguments))
      try command.run()
    } catch {
      let failure = Failure(error, arguments: arguments)
      if let text = failure.output { print(text) }
      for line in failure.lines { printError(line) }
      exit(failure.exitCode)
    }
  }
}
