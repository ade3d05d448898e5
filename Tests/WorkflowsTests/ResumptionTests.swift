import Foundation
import ModelFiles
import Testing
import Training

@testable import Workflows

@Suite struct ResumptionTests {
  /// What going on with a stopped run says, and the error that ends it.
  private func resume(_ options: Resumption.Options) -> (notes: [String], error: String?) {
    var notes: [String] = []
    do {
      _ = try Resumption.run(
        options,
        onEvent: {
          if case .note(let note) = $0 { notes.append(note) }
        })
      return (notes, nil)
    } catch {
      return (notes, "\(error)")
    }
  }

  @Test("Another environment is told before the run goes on")
  func environment() throws {
    let run = try StatefulRun()
    try run.train(until: 3)
    #expect(resume(.init(model: run.options.output)).notes == [])
    try run.train(until: 3)
    var model = try Model(reading: run.options.output)
    let now = try #require(model.training?.environment)
    #expect(now.program == ProgramVersion.name && !now.instructionSet.isEmpty)
    model.training?.environment = ExecutionEnvironment(
      program: "nnmodel 0.0.1", instructionSet: "abacus", libraries: ["onednn": "2.6"])
    try model.write(to: run.options.output)
    let notes = resume(.init(model: run.options.output)).notes
    #expect(
      notes == [
        "the run goes on, but its bits may differ from those of an unbroken one, for what they "
          + "depend on has changed: program: nnmodel 0.0.1, now \(now.program); instruction set: "
          + "abacus, now \(now.instructionSet)"
      ])
    // What is written now is of now.
    #expect(try ModelFile(reading: run.options.output).environment == now)
  }

  @Test(
    "A run whose file h5repack has packed goes on as if it had not, in a native file",
    .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/h5repack")))
  func repacked() throws {
    let run = try StatefulRun()
    try run.train(until: 11)
    let original = run.folder.path("original.h5")
    try FileManager.default.moveItem(atPath: run.options.output, toPath: original)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/h5repack")
    process.arguments = ["-l", "CHUNK=2", "-f", "GZIP=9", original, run.options.output]
    try process.run()
    process.waitUntilExit()
    #expect(try ModelFile(reading: run.options.output).notes.count == 1)
    #expect(resume(.init(model: run.options.output)).error == nil)
    #expect(try run.folder.read("model.h5") == run.unbroken())
  }

  @Test("Options that change are told, and kept")
  func changedOptions() throws {
    let run = try StatefulRun()
    try run.train(until: 3)
    let told = resume(
      .init(
        model: run.options.output,
        overrides: [("epochs", .text("7")), ("learning_rate", .text("0.5"))]))
    #expect(told.error == nil)
    #expect(
      told.notes == ["learning_rate changes from 0.001 to 0.5", "epochs changes from 6 to 7"])
    let file = try ModelFile(reading: run.options.output)
    #expect(file.options?.epochs == 7 && file.options?.optimizer.learningRate == 0.5)
    #expect(file.configuration?.contains(#""epochs":7"#) == true)
  }

  @Test("An option that is asked for as it is changes nothing")
  func unchangedOptions() throws {
    let run = try StatefulRun()
    try run.train(until: 3)
    let told = resume(
      .init(
        model: run.options.output,
        overrides: [("epochs", .text("6")), ("schedule_unit", .text("epoch"))]))
    #expect(told.notes == [] && told.error == nil)
    #expect(try run.folder.read("model.h5") == run.unbroken())
  }

  @Test("Options that cannot change in the middle of a run are refused, and nothing is lost")
  func fixedOptions() throws {
    let run = try StatefulRun()
    try run.train(until: 11)
    let before = try run.folder.read("model.h5")
    for (name, value) in [
      ("optimizer", "sgd"), ("batch_size", "4"), ("seed", "3"), ("hidden", "4"), ("loss", "focal"),
      ("target", "x"), ("validation_split", "0.1"),
    ] {
      let told = resume(.init(model: run.options.output, overrides: [(name, .text(value))]))
      #expect(
        told.error
          == "\(name): cannot change in the middle of a run; nnmodel finetune begins a new one")
    }
    let fewer = resume(.init(model: run.options.output, overrides: [("epochs", .text("1"))]))
    #expect(fewer.error == "epochs: expected more than the 1 that are done, found 1")
    #expect(try run.folder.read("model.h5") == before)
  }

  @Test("Rows to judge by that have changed are refused, or found where they are now")
  func validationRows() throws {
    var run = try StatefulRun()
    let rows = try run.folder.write(
      String(contentsOfFile: table("iris"), encoding: .utf8), to: "held.csv")
    run.options.configuration.validation = rows
    let unbroken = try run.unbroken()
    try run.train(until: 3)
    let other = try run.folder.write(
      String(contentsOfFile: rows, encoding: .utf8) + "5.9,3.0,5.1,1.8,virginica\n", to: "held.csv")
    #expect(
      resume(.init(model: run.options.output)).error?.contains("has changed since training began")
        == true)
    try FileManager.default.removeItem(atPath: other)
    #expect(resume(.init(model: run.options.output)).error?.hasSuffix("no such file") == true)
    #expect(resume(.init(model: run.options.output, validation: table("iris"))).error == nil)
    // The run says where its rows were, not where they were found later.
    #expect(try run.folder.read("model.h5") == unbroken)
  }

  @Test("A proof takes the next steps twice and leaves the run as it is", arguments: [1, 5, 100])
  func proof(steps: Int) throws {
    let run = try StatefulRun()
    try run.train(until: 11)
    let before = try run.folder.read("model.h5")
    let report = try ResumptionProof.run(.init(model: run.options.output), stepCount: steps)
    #expect(report.isExact && report.differences.isEmpty && report.datasetCount > 30)
    #expect(report.firstStep == min(11 + steps, 47) + 1)
    #expect(report.lastStep == min(11 + 2 * steps, 48))
    #expect(try run.folder.read("model.h5") == before)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: run.folder.url.path) == ["model.h5"])
  }

  @Test("A run that has ended has nothing to prove")
  func endedProof() throws {
    let run = try StatefulRun()
    try run.train()
    #expect(throws: ModelFileError.self) {
      try ResumptionProof.run(.init(model: run.options.output))
    }
  }
}
