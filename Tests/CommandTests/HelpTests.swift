import Foundation
import Testing

@Suite("Help and usage")
struct HelpTests {
  @Test("The help of every command fits 80 columns and shows a line to copy", arguments: commands)
  func help(command: String) throws {
    let outcome = try Tool().run(command, "--help")
    #expect(outcome.status == 0)
    #expect(outcome.lines.allSatisfy { $0.count <= 80 })
    #expect(outcome.lines.contains { $0.hasPrefix("  nnmodel \(command)") })
  }

  @Test("The overview names every command")
  func overview() throws {
    let outcome = try Tool().run("--help")
    for command in commands { #expect(outcome.output.contains("\n  \(command) ")) }
    #expect(!outcome.output.contains("benchmark-step"))
  }

  @Test(
    "A wrong word gets the nearest right one and exit code 64",
    arguments: [
      (["trian", "x.csv"], "nnmodel: unknown command 'trian'; did you mean 'train'?"),
      (
        ["train", "x.csv", "--epochz", "3"],
        "nnmodel: unknown option '--epochz'; did you mean '--epochs'?"
      ),
      (
        ["train", "x.csv", "--target", "y", "--epochs", "many"],
        "nnmodel: --epochs: expected a whole number, found 'many'"
      ),
      (
        ["train", "x.csv", "--target", "y", "--activation", "rellu"],
        "nnmodel: --activation: expected identity, sigmoid, tanh, relu, leaky_relu, elu, selu, "
          + "silu, gelu, gelu_tanh, softplus, hard_sigmoid, hard_swish, relu6, softsign, exponential, mish, softmax, found 'rellu'; did you mean 'relu'?"
      ),
      (["predict"], "nnmodel: missing expected argument '<table>'"),
    ])
  func wrongWord(arguments: [String], line: String) throws {
    let tool = try Tool()
    let outcome = try tool.finish(tool.start(arguments))
    #expect(outcome.status == 64)
    #expect(outcome.errorLines.first == line)
    #expect(outcome.errorLines.count == 2)
    #expect(outcome.errorLines.last?.hasSuffix("--help") == true)
    #expect(outcome.output.isEmpty)
  }

  @Test("A missing target is wrong usage")
  func missingTarget() throws {
    let tool = try Tool()
    try tool.copyTable("iris.csv")
    let outcome = try tool.run("train", "iris.csv")
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains("--target"))
  }

  @Test("Every option of a configuration is a flag of train")
  func flags() throws {
    let tool = try Tool()
    let help = try tool.run("train", "--help").output
    let template = try tool.run("init-config").output
    let names = template.split(separator: "\n").compactMap { line -> String? in
      let line = line.hasPrefix("# ") && line.last == ":" ? line.dropFirst(2) : line
      guard line.first != "#", let colon = line.firstIndex(of: ":") else { return nil }
      return String(line[..<colon])
    }
    #expect(names.count > 30)
    for name in names {
      #expect(help.contains("--" + name.replacing("_", with: "-")), "\(name)")
    }
  }

  @Test("Completions come for three shells", arguments: ["bash", "zsh", "fish"])
  func completions(shell: String) throws {
    let outcome = try Tool().run("completions", shell)
    #expect(outcome.status == 0)
    #expect(outcome.output.contains("finetune"))
    #expect(outcome.output.contains("batch-norm"))
    // Names that an option can be.
    #expect(outcome.output.contains("reduce_on_plateau"))
  }

  @Test(
    "The manual page is one that man shows without complaint",
    .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/man")))
  func manual() throws {
    let tool = try Tool()
    try tool.write(try tool.run("manual").output, to: "nnmodel.1")
    let man = Process()
    let pipe = Pipe()
    man.executableURL = URL(fileURLWithPath: "/usr/bin/man")
    man.arguments = ["--warnings", "-l", "nnmodel.1"]
    man.currentDirectoryURL = tool.folder
    man.environment = ["MANPAGER": "cat", "LANG": "C.UTF-8", "PATH": "/usr/bin:/bin"]
    man.standardOutput = pipe
    man.standardError = pipe
    try man.run()
    let page = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    man.waitUntilExit()
    #expect(man.terminationStatus == 0)
    for title in [
      "NAME", "SYNOPSIS", "DESCRIPTION", "COMMANDS", "EXAMPLES", "EXIT STATUS", "FILES",
    ] {
      #expect(page.contains("\n\(title)\n") || page.hasPrefix("\(title)\n"), "\(title)")
    }
    #expect(!page.contains("warning:"))
  }
}
