import ArgumentParser
import Workflows

/// Times training steps, for `tools/bench`.
struct BenchmarkStep: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "benchmark-step",
    abstract: "Time training steps, or answers, of one of five networks.",
    discussion: """
      Networks as in tools/benchmarks/torch_step.py; whole steps of the trainer are timed.

        nnmodel benchmark-step --network a --threads 1 --seconds 2
      """,
    shouldDisplay: false)

  @Option(name: .long, help: "a to e.")
  var network = TrainingBenchmark.Subject.a

  @Option(name: .long, help: "Threads that work on a batch.")
  var threads = 1

  @Option(name: .long, help: "Rows of a batch that is answered, in place of training.")
  var answer: Int?

  @Option(name: .long, help: "How long is measured.")
  var seconds = 1.5

  func validate() throws {
    guard (1...256).contains(threads) else {
      throw ValidationError("--threads: expected 1 to 256, found \(threads)")
    }
    guard answer.map({ (1...65536).contains($0) }) ?? true else {
      throw ValidationError("--answer: expected 1 to 65536, found \(answer ?? 0)")
    }
    guard seconds > 0, seconds <= 3600 else {
      throw ValidationError("--seconds: expected more than 0 up to 3600, found \(seconds)")
    }
  }

  func run() throws {
    if let answer {
      let times = try TrainingBenchmark.answerTimes(
        network, batch: answer, threads: threads, seconds: seconds)
      return try printOutput(JSONOutput.line(times))
    }
    let times = try TrainingBenchmark(network, threads: threads).stepTimes(seconds: seconds)
    try printOutput(JSONOutput.line(times))
  }
}

extension TrainingBenchmark.Subject: ExpressibleByArgument {}
