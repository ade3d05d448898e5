import Foundation
import Testing

/// Runs that are ended by SIGKILL, which no program can answer.
///
/// The numbers are those of an ordinary test; `NNMODEL_KILLS` asks for others.
@Suite("Killed runs", .serialized)
struct KillTests {
  private static let count =
    ProcessInfo.processInfo.environment["NNMODEL_KILLS"].flatMap { Int($0) } ?? 60

  /// Starts a command and kills it: after a random time, or a random time after the next checkpoint
  /// has been written.
  ///
  /// - Returns: whether it was killed, and not already done.
  private func kill(
    _ arguments: [String], in tool: Tool, afterCheckpoint: Bool, within milliseconds: Int
  ) throws -> Bool {
    let first = try? tool.fileNumber("model.h5")
    let run = try tool.start(arguments)
    let limit = Date().addingTimeInterval(20)
    while afterCheckpoint, run.process.isRunning, (try? tool.fileNumber("model.h5")) == first,
      Date() < limit
    { usleep(500) }
    usleep(UInt32.random(in: 0...UInt32(milliseconds * 1000)))
    _ = Foundation.kill(run.process.processIdentifier, SIGKILL)
    let outcome = try tool.finish(run)
    guard run.process.terminationReason == .exit else { return true }
    // The kill before may have come after the run's end, and before the process's.
    let hasEnded = outcome.errors.contains("its run has ended")
    #expect(outcome.status == 0 || hasEnded, "\(outcome.errors)")
    return false
  }

  @Test(
    "A run killed at any moment leaves a file that verifies, predicts and goes on",
    .timeLimit(.minutes(10)))
  func anyMoment() throws {
    let tool = try Tool()
    try tool.copyTable("phones_train.csv")
    // Large enough for the writing of a checkpoint to take most of the time.
    let train = [
      "train", "phones_train.csv", "--target", "price_range", "--hidden", "512,256", "--epochs",
      "100000", "--patience", "none", "--checkpoint-every", "1", "--quiet",
    ]
    #expect(try kill(train, in: tool, afterCheckpoint: true, within: 30))
    var insideWriting = 0
    for _ in 0..<KillTests.count {
      try #require(
        try kill(
          ["resume", "--quiet"], in: tool, afterCheckpoint: Bool.random(), within: 60))
      if try !tool.temporaryFiles().isEmpty { insideWriting += 1 }
      let verified = try tool.run("verify")
      #expect(verified.status == 0, "\(verified.output)")
      if tool.has("model.h5.previous") {
        #expect(try tool.run("verify", "model.h5.previous").status == 0)
      }
      let predicted = try tool.run("predict", "phones_train.csv")
      #expect(predicted.status == 0 && predicted.lines.count == 1401, "\(predicted.errors)")
    }
    #expect(insideWriting > KillTests.count / 4)
    print("killed \(KillTests.count) times, \(insideWriting) of them inside the writing of a file")
    // What the killed ones left behind goes with the next run.
    let ended = try tool.start(["resume", "--quiet"])
    usleep(300_000)
    ended.process.interrupt()
    #expect(try tool.finish(ended).status == 130)
    #expect(try tool.files() == ["model.h5", "phones_train.csv"])
  }

  /// Runs that between them have every optimizer, every schedule, dropout, batch normalisation,
  /// embeddings, clipping, penalties and two threads.
  static let runs = [
    "--optimizer adamw --schedule cosine",
    "--optimizer adam --schedule exponential --schedule-unit step --l2 0.001",
    "--optimizer sgd --schedule step(every=5,factor=0.7) --learning-rate 0.05",
    "--optimizer momentum --schedule cyclical --schedule-unit step --learning-rate 0.01",
    "--optimizer nesterov --schedule multi_step --learning-rate 0.01 --clip-value 0.1",
    "--optimizer rmsprop(momentum=0.5) --schedule reduce_on_plateau(patience=1)",
    "--optimizer adagrad --schedule constant --encoding embedding:3 --l1 0.0001",
    "--optimizer gradient_descent --schedule cosine --batch-size 200 --learning-rate 0.5",
  ]

  @Test(
    "A run killed again and again ends with the bytes of an unbroken one", .timeLimit(.minutes(10)),
    arguments: runs)
  func exactness(options: String) throws {
    let kills = max(KillTests.count * 13 / 60, 1)
    let arguments =
      [
        "train", "rows.csv", "--target", "y", "--hidden", "48,24", "--batch-norm", "--dropout",
        "0.2",
      ]
      + ["--epochs", "2500", "--patience", "none", "--threads", "2", "--clip-norm", "1"]
      + ["--batch-size", "8", "--checkpoint-every", "3", "--quiet"]
      + options.split(separator: " ").map(String.init)
    let (whole, broken) = (try Tool(), try Tool())
    for tool in [whole, broken] { try tool.write(KillTests.rows, to: "rows.csv") }
    let unbroken = try whole.run(arguments)
    #expect(unbroken.status == 0, "\(unbroken.errors)")
    let expected = try whole.contents("model.h5")

    var command = arguments
    var killed = 0
    for attempt in 0..<1000 where killed < kills {
      // Most attempts get somewhere, so that there is an end.
      let wasKilled = try kill(
        command, in: broken, afterCheckpoint: attempt % 4 != 3, within: 15)
      guard wasKilled else { break }
      killed += 1
      if broken.has("model.h5") { command = ["resume", "--quiet"] }
    }
    if broken.has("model.h5"), try broken.contents("model.h5") != expected {
      let end = try broken.run(["resume", "--quiet"])
      #expect(end.status == 0, "\(end.errors)")
    }
    #expect(try broken.contents("model.h5") == expected)
    #expect(killed > 0)
    print("\(options): killed \(killed) times")
  }

  /// 240 rows of two numbers, a category with gaps, and one of three classes.
  static let rows: String = {
    var lines = ["a,b,kind,y"]
    for row in 0..<240 {
      let (a, b) = (Double(row * 37 % 101) / 101, Double(row * 53 % 97) / 97)
      let kind = row % 9 == 4 ? "" : ["red", "green", "blue", "grey"][row * 7 % 4]
      lines.append("\(a),\(b),\(kind),\(a + b > 1.2 ? "high" : a > b ? "left" : "right")")
    }
    return lines.joined(separator: "\n") + "\n"
  }()
}
