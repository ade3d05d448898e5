import ArgumentParser
import Workflows

/// Times what is done with model files, for `tools/bench`.
struct BenchmarkFile: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "benchmark-file",
    abstract: "Time the saving, opening, reading and verifying of a model file.",
    discussion: """
      Subjects as in tools/benchmarks/checkpoints.py; save comes first.

        nnmodel benchmark-file --subject many --task save --path /tmp/many.h5
        nnmodel benchmark-file --subject many --task open --path /tmp/many.h5
      """,
    shouldDisplay: false)

  @Option(name: .long, help: "large (64 tensors, 1 GiB), many (1,000 small tensors) or table.")
  var subject = FileBenchmark.Subject.many

  @Option(name: .long, help: "save, open, network, read, predict, verified, loaded or snapshot.")
  var task = FileBenchmark.Task.open

  @Option(name: .long, help: "The file.")
  var path: String

  @Option(name: .long, help: "How often.")
  var rounds = 5

  func validate() throws {
    guard rounds > 0 else {
      throw ValidationError("--rounds: expected 1 or more, found \(rounds)")
    }
  }

  func run() throws {
    let benchmark = try FileBenchmark(subject, path: path)
    try printOutput(JSONOutput.line(benchmark.times(of: task, rounds: rounds)))
  }
}

extension FileBenchmark.Subject: ExpressibleByArgument {}
extension FileBenchmark.Task: ExpressibleByArgument {}
