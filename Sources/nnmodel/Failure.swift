import ArgumentParser
import Catalogs
import ModelFiles
import Training
import Workflows

/// How a command that was not carried out ends: what is said, and the exit code.
struct Failure {
  /// Data that cannot be used, or a file that cannot be written.
  static let dataError: Int32 = 2
  /// A command line that makes no sense, as sysexits.h has it.
  static let usageError: Int32 = 64

  /// What was asked for after all, as with `--help`.
  let output: String?
  /// What goes to standard error.
  let lines: [String]
  /// The exit code.
  let exitCode: Int32

  init(_ error: any Error, arguments: [String]) {
    let parsed = NNModel.exitCode(for: error)
    switch error {
    case let code as ExitCode:
      self.init(output: nil, lines: [], exitCode: code.rawValue)
    case _ where parsed == .success:
      self.init(output: NNModel.fullMessage(for: error), lines: [], exitCode: 0)
    case _ where parsed == .validationFailure:
      self.init(usage: Failure.words(of: NNModel.message(for: error), arguments), arguments)
    case let error as ConfigurationError where !error.isInFile:
      self.init(usage: error.usage, arguments)
    case is UnknownNameError, is OptionError:
      self.init(usage: "\(error)", arguments)
    default:
      let line = "\(error)".split(whereSeparator: \.isNewline).joined(separator: " ")
      self.init(
        output: nil, lines: ["nnmodel: \(line.printable)"], exitCode: Failure.dataError)
    }
  }

  private init(output: String?, lines: [String], exitCode: Int32) {
    self.output = output
    self.lines = lines
    self.exitCode = exitCode
  }

  private init(usage problem: String, _ arguments: [String]) {
    let command = arguments.first.flatMap { NNModel.commandNames.contains($0) ? " \($0)" : nil }
    self.init(
      output: nil,
      lines: ["nnmodel: \(problem)", "See nnmodel\(command ?? "") --help"],
      exitCode: Failure.usageError)
  }
}

// MARK: - Words

extension Failure {
  /// A message about the command line as one line in our words.
  private static func words(of message: String, _ arguments: [String]) -> String {
    if let first = arguments.first, !first.hasPrefix("-"), !NNModel.commandNames.contains(first) {
      return "\(UnknownNameError(subject: "command", name: first, known: NNModel.commandNames))"
    }
    let line = message.split(whereSeparator: \.isNewline).first.map(String.init) ?? message
    let words = line.prefix(1).lowercased() + line.dropFirst()
    return words.replacing(". Did you mean", with: "; did you mean")
  }
}

extension ConfigurationError {
  /// Whether a configuration file is wrong, rather than the command line.
  fileprivate var isInFile: Bool {
    if case .line = self { true } else { false }
  }

  /// What is wrong, with options named as flags.
  fileprivate var usage: String {
    guard case .option(let name, let problem) = self,
      let option = try? ConfigurationOption.named(name)
    else { return "\(self)" }
    return "\(option.flag): \(problem)"
  }
}
