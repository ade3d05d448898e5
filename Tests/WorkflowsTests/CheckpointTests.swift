import Foundation
import ModelFiles
import Testing
import Training

@testable import Workflows

/// A run on the irises with everything in it that has a state: eight steps an epoch, six epochs.
struct StatefulRun {
  let folder: TemporaryFolder
  var options: ModelTraining.Options

  init(_ values: [(name: String, value: ConfigurationValue)] = []) throws {
    folder = try TemporaryFolder()
    var configuration = Configuration()
    try configuration.set(
      [
        ("target", .text("species")), ("hidden", .text("16,8")), ("epochs", .text("6")),
        ("batch_size", .text("16")), ("dropout", .text("0.2")), ("batch_norm", .text("yes")),
        ("schedule", .text("reduce_on_plateau(patience=0, threshold=0.2)")),
        ("patience", .text("5")),
      ] + values)
    options = ModelTraining.Options(
      table: table("iris"), configuration: configuration, output: folder.path("model.h5"))
  }

  /// Trains until so many steps are done; to the end when nil.
  func train(until step: Int? = nil, onEvent: (ModelTrainingEvent) throws -> Void = { _ in })
    throws
  {
    var steps = 0
    _ = try ModelTraining.run(
      options,
      until: {
        steps += 1
        return steps == step
      }, onEvent: onEvent)
  }

  /// The bytes of the file that an unbroken run ends with.
  func unbroken() throws -> Data {
    var run = self
    run.options.output = folder.path("unbroken.h5")
    try run.train()
    return try folder.read("unbroken.h5")
  }
}

@Suite struct CheckpointTests {
  @Test("Every checkpoint leads to the bits of an unbroken run, at the end of an epoch too")
  func everyCheckpoint() throws {
    let run = try StatefulRun([("checkpoint_every", .text("4"))])
    var copies: [String] = []
    try run.train { event in
      switch event {
      // Time for the checkpoint to be written, so that there are many of them.
      case .training(.step): usleep(3000)
      case .checkpoint(let path):
        #expect(path == run.options.output)
        copies.append(run.folder.path("copy\(copies.count).h5"))
        try FileManager.default.copyItem(atPath: path, toPath: copies[copies.count - 1])
      default: break
      }
    }
    #expect(copies.count > 5)
    let identity = try ModelFile(reading: run.options.output).identity
    let ends = try copies.filter { try ModelFile(reading: $0).progress?.batch == 0 }
    #expect(!ends.isEmpty)
    for copy in copies {
      #expect(try ModelFile(reading: copy).verify() == [])
      _ = try Resumption.run(.init(model: copy))
      #expect(try ModelFile(reading: copy).identity == identity)
    }
  }

  @Test("A run leaves one file, and two while it goes on")
  func slots() throws {
    let run = try StatefulRun([("checkpoint_every", .text("4"))])
    let previous = run.options.output + ".previous"
    var checkpoints = 0
    var isThere = false
    try run.train { event in
      if case .training(.step) = event { usleep(3000) }
      guard case .checkpoint = event else { return }
      checkpoints += 1
      guard checkpoints == 2 else { return }
      isThere = FileManager.default.fileExists(atPath: previous)
      let (last, before) = (
        try ModelFile(reading: run.options.output), try ModelFile(reading: previous)
      )
      #expect(before.verify() == [])
      let (lastStep, stepBefore) = (
        try #require(last.progress).step, try #require(before.progress).step
      )
      #expect(lastStep > stepBefore)
    }
    #expect(isThere)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: run.folder.url.path) == ["model.h5"])
  }

  @Test(
    "A damaged or missing file is replaced by the checkpoint before it", arguments: [true, false])
  func fallback(isDamaged: Bool) throws {
    let run = try StatefulRun()
    try run.train(until: 7)
    let model = run.options.output
    try FileManager.default.moveItem(atPath: model, toPath: model + ".previous")
    if isDamaged {
      try run.train(until: 13)
      var bytes = try run.folder.read("model.h5")
      bytes[bytes.count / 2] ^= 1
      try bytes.write(to: run.folder.url.appendingPathComponent("model.h5"))
      // The run that wrote the second file has removed the first.
      var first = run
      first.options.output = run.folder.path("first.h5")
      try first.train(until: 7)
      try FileManager.default.moveItem(
        atPath: first.options.output, toPath: model + ".previous")
    }
    var notes: [String] = []
    _ = try Resumption.run(
      .init(model: model),
      onEvent: {
        if case .note(let note) = $0 { notes.append(note) }
      })
    #expect(notes.count == 1)
    #expect(notes.first?.hasSuffix("going on from the checkpoint before it") == true)
    #expect(try run.folder.read("model.h5") == run.unbroken())
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: run.folder.url.path).sorted()
        == (isDamaged
          ? ["model.h5", "model.h5.damaged", "unbroken.h5"] : ["model.h5", "unbroken.h5"])
    )
  }

  @Test("A checkpoint that cannot be written is told once, and training goes on")
  func failingCheckpoint() throws {
    let run = try StatefulRun([("checkpoint_every", .text("1"))])
    // Nothing can be renamed over a folder.
    try FileManager.default.createDirectory(
      atPath: run.options.output + ".previous/in it", withIntermediateDirectories: true)
    try Data("old".utf8).write(to: URL(fileURLWithPath: run.options.output))
    var notes: [String] = []
    try run.train {
      if case .training(.step) = $0 { usleep(1000) }
      if case .note(let note) = $0 { notes.append(note) }
    }
    #expect(notes.count == 1)
    #expect(
      notes.first?.hasPrefix(
        "no checkpoint could be written: \(run.options.output): cannot be kept as the previous one")
        == true)
    #expect(try ModelFile(reading: run.options.output).verify() == [])
  }

  @Test("Of two runs on one file the second is told so, and the lock ends with the first")
  func lock() throws {
    let run = try StatefulRun()
    try run.train(until: 3)
    var words: [String] = []
    func attempt(_ body: () throws -> Void) {
      do {
        try body()
        words.append("no error")
      } catch { words.append("\(error)") }
    }
    var isFirst = true
    _ = try Resumption.run(
      .init(model: run.options.output),
      onEvent: { event in
        guard case .training(.step) = event, isFirst else { return }
        isFirst = false
        attempt { try run.train() }
        attempt { _ = try Resumption.run(.init(model: run.options.output)) }
        attempt {
          _ = try FineTuning.run(
            .init(table: table("iris"), model: run.options.output, output: run.options.output))
        }
      })
    let process = ProcessInfo.processInfo.processIdentifier
    #expect(words.count == 3)
    for line in words {
      #expect(
        line.hasPrefix("\(run.options.output): another run writes to it (process \(process)); "))
    }
    attempt { try run.train(until: 2) }
    #expect(words.last == "no error")
  }

  @Test("What a run that was killed left behind is cleared away by the next one")
  func remains() throws {
    let run = try StatefulRun()
    // A process that has ended, and one that has not.
    let ended = Process()
    ended.executableURL = URL(fileURLWithPath: "/bin/sh")
    ended.arguments = ["-c", "exit 0"]
    try ended.run()
    ended.waitUntilExit()
    let own = ProcessInfo.processInfo.processIdentifier
    let names = [
      ".model.h5.\(ended.processIdentifier).1f.tmp", ".model.h5.\(own).1f.tmp",
      ".other.h5.\(ended.processIdentifier).1f.tmp", ".model.h5.lock",
    ]
    for name in names { _ = try run.folder.write("half", to: name) }
    try run.train(until: 2)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: run.folder.url.path).sorted()
        == [names[1], names[2], "model.h5"].sorted())
  }
}
