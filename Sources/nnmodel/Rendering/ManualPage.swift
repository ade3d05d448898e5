import ArgumentParser
import ModelFiles
import Workflows

/// The manual page, in roff, from the words of the commands themselves.
enum ManualPage {
  /// The whole page.
  static func lines() -> [String] {
    var lines = [
      ".TH NNMODEL 1 \"\" \"\(escaped(ProgramVersion.name))\" \"User Commands\"",
      ".SH NAME",
      "nnmodel \\- " + escaped(lowercasedFirst(NNModel.configuration.abstract, dropsStop: true)),
      ".SH SYNOPSIS",
      ".B nnmodel",
      ".I command",
      "[\\fIargument\\fR ...]",
      ".SH DESCRIPTION",
    ]
    lines += body(of: NNModel.configuration.discussion)
    lines.append(".SH COMMANDS")
    for command in NNModel.shownCommands { lines += section(of: command) }
    lines += [".SH CONFIGURATION", escaped("Options of train, as keys of a file and as flags:")]
    for option in ConfigurationOption.all {
      lines += [
        ".TP", "\\fB\(escaped(option.flag))\\fR \\fI\(escaped(option.placeholder))\\fR",
        escaped(option.help + "."),
      ]
    }
    lines.append(".SH EXAMPLES")
    for command in NNModel.shownCommands {
      lines += [".PP", escaped(command.configuration.abstract), ".PP", ".nf", ".RS 2"]
      lines += examples(in: command.configuration.discussion).map(escaped) + [".RE", ".fi"]
    }
    lines +=
      [".SH EXIT STATUS"]
      + [
        ("0", "Done."),
        ("2", "The data or a file cannot be used; one line says where and why."),
        ("64", "The command line makes no sense."),
        ("130", "Interrupted, and saved: nnmodel resume goes on."),
      ].flatMap { [".TP", "\\fB\($0)\\fR", $1] }
    lines +=
      [".SH FILES"]
      + [
        ("model.h5", "The model where none is named, in the current folder."),
        ("tuned.h5", "What finetune writes where nothing else is said."),
      ].flatMap { [".TP", "\\fI\($0)\\fR", $1] }
    return lines
  }

  private static func section(of command: any ParsableCommand.Type) -> [String] {
    let configuration = command.configuration
    let name = configuration.commandName ?? ""
    // The overview repeats the abstract, and the groups of options have a part of their own.
    let help = NNModel.helpMessage(for: command, columns: 76)
      .split(separator: "\n", omittingEmptySubsequences: false)
    let usage = part(of: help, from: "USAGE:")
    let options = ["ARGUMENTS:", "OPTIONS:"].flatMap { part(of: help, from: $0) }
    return [".SS nnmodel " + escaped(name), escaped(configuration.abstract)]
      + prose(in: configuration.discussion).map(escaped)
      + [".PP", ".nf"] + (usage + options).map { escaped(String($0)) } + [".fi"]
  }

  /// The lines of a part of help, up to the next part.
  private static func part(of help: [Substring], from title: String) -> [Substring] {
    guard let start = help.firstIndex(where: { $0.hasPrefix(title) }) else { return [] }
    let rest = help[(start + 1)...]
    let end = rest.firstIndex { $0.last == ":" && $0.first != " " } ?? rest.endIndex
    return [help[start]] + rest[..<end]
  }

  /// Prose and examples of a discussion, in their order.
  private static func body(of discussion: String) -> [String] {
    var lines: [String] = []
    for line in discussion.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.isEmpty {
        lines.append(".PP")
      } else if line.hasPrefix("  ") {
        lines += [".br", escaped(String(line))]
      } else {
        lines.append(escaped(String(line)))
      }
    }
    return lines
  }

  private static func prose(in discussion: String) -> [String] {
    discussion.split(separator: "\n").filter { !$0.hasPrefix("  ") }.map(String.init)
  }

  private static func examples(in discussion: String) -> [String] {
    discussion.split(separator: "\n").filter { $0.hasPrefix("  ") }.map { String($0.dropFirst(2)) }
  }

  private static func lowercasedFirst(_ text: String, dropsStop: Bool) -> String {
    let lowered = text.prefix(1).lowercased() + text.dropFirst()
    return dropsStop && lowered.last == "." ? String(lowered.dropLast()) : lowered
  }

  /// A line that roff prints as it is.
  private static func escaped(_ text: String) -> String {
    let escaped = text.replacing("\\", with: "\\e").replacing("-", with: "\\-")
      .replacing("…", with: "...").replacing("R²", with: "R\\(S2")
    return escaped.hasPrefix(".") || escaped.hasPrefix("'") ? "\\&" + escaped : escaped
  }
}
