import Foundation
import HDF5
import Testing

@Suite("What bad input gets")
struct BadInputTests {
  /// Checks one line on standard error, exit code 2, and that the file of before is as it was.
  private func expect(
    _ line: String, from arguments: [String], in tool: Tool, untouched: String = "model.h5",
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let before = try tool.has(untouched) ? tool.contents(untouched) : Data()
    let outcome = try tool.finish(tool.start(arguments))
    #expect(outcome.errors == "nnmodel: \(line)\n", sourceLocation: sourceLocation)
    #expect(outcome.status == 2, sourceLocation: sourceLocation)
    #expect(outcome.output.isEmpty, sourceLocation: sourceLocation)
    let after = try tool.has(untouched) ? tool.contents(untouched) : Data()
    #expect(before == after, sourceLocation: sourceLocation)
    let left = try FileManager.default.contentsOfDirectory(atPath: tool.folder.path)
    #expect(!left.contains { $0.hasSuffix(".tmp") }, sourceLocation: sourceLocation)
  }

  @Test("Tables that cannot be trained on are named with what is wrong, and where")
  func tables() throws {
    let tool = try Tool()
    try tool.trainIris()
    let rows = try tool.text("iris.csv").split(separator: "\n").map(String.init)
    try FileManager.default.createDirectory(
      at: tool.folder.appendingPathComponent("folder"), withIntermediateDirectories: false)
    try tool.write("", to: "empty.csv")
    try tool.write(rows[0] + "\n", to: "header.csv")
    try tool.write((rows[0...3] + ["1,2"] + rows[5...]).joined(separator: "\n"), to: "ragged.csv")
    try tool.write(rows[0...50].joined(separator: "\n"), to: "one_class.csv")
    try tool.write(
      "a,b\n" + (1...40).map { "\(Double($0) * 1.5),7.5" }.joined(separator: "\n"),
      to: "constant.csv")
    func changed(_ value: String, to name: String) throws {
      var rows = rows
      rows[2] = "4.9,\(value),1.4,0.2,setosa"
      try tool.write(rows.joined(separator: "\n"), to: name)
    }
    try changed("inf", to: "infinite.csv")
    try changed("1e999", to: "large.csv")

    let cases: [(table: String, target: String, line: String)] = [
      ("absent.csv", "species", "absent.csv: no such file"),
      ("folder", "species", "folder: expected a table, found a directory"),
      ("empty.csv", "species", "empty.csv: expected a table, found an empty file"),
      ("header.csv", "species", "header.csv: expected rows below the header, found none"),
      ("ragged.csv", "species", "ragged.csv: line 5: expected 5 fields, found 2"),
      (
        "iris.csv", "specie",
        "iris.csv: column 'specie': the target column is not there; did you mean 'species'?; the "
          + "file has: sepal length (cm), sepal width (cm), petal length (cm), petal width (cm), "
          + "species"
      ),
      (
        "one_class.csv", "species",
        "one_class.csv: column 'species': the target has one class, 'setosa'; at least two are "
          + "needed"
      ),
      (
        "infinite.csv", "species",
        "infinite.csv: line 3: column 'sepal width (cm)': expected a finite number, found 'inf'"
      ),
      (
        "large.csv", "species",
        "large.csv: line 3: column 'sepal width (cm)': expected a number within ±3.4e38, found "
          + "'1e999'"
      ),
    ]
    for (table, target, line) in cases {
      try expect(line, from: ["train", table, "--target", target, "--quiet"], in: tool)
    }
    try expect(
      "constant.csv: column 'b': the target is 7.5 in every row; nothing can be learned",
      from: ["train", "constant.csv", "--target", "b", "--task", "regression"], in: tool)
  }

  @Test("A table that cannot be predicted leaves the predictions of before")
  func predictions() throws {
    let tool = try Tool()
    try tool.trainIris()
    let rows = try tool.text("iris.csv").split(separator: "\n").map(String.init)
    try tool.write("before\n", to: "p.csv")
    try tool.write(rows[0] + "\n5.1,3.5,1.4,inf,setosa\n", to: "infinite.csv")
    try tool.write("a,b\n1,2\n", to: "other.csv")
    try expect(
      "infinite.csv: line 2: column 'petal width (cm)': expected a finite number, found 'inf'",
      from: ["predict", "infinite.csv", "-o", "p.csv"], in: tool, untouched: "p.csv")
    let other = try tool.run("predict", "other.csv", "-o", "p.csv")
    #expect(other.status == 2)
    #expect(other.errorLines.count == 1)
    #expect(other.errors.contains("'sepal length (cm)'"))
    // A missing number is no fault: the model knows what to put in its place.
    try tool.write(rows[0] + "\n5.1,3.5,1.4,nan,setosa\n", to: "missing.csv")
    #expect(try tool.run("predict", "missing.csv").status == 0)
  }

  @Test("Files that are no models are named with what they are")
  func models() throws {
    let tool = try Tool()
    try tool.trainIris()
    try tool.write("just text\n", to: "text.h5")
    try tool.write("", to: "empty.h5")
    let whole = try tool.contents("model.h5")
    try whole.prefix(5000).write(to: tool.folder.appendingPathComponent("cut.h5"))
    let newer = try HDF5.File(creating: tool.folder.appendingPathComponent("newer.h5").path)
    try newer.root.setAttribute("format", .text("nnmodel"))
    try newer.root.setAttribute("format_version", .integers([99, 0]))
    try newer.close()

    for (model, line) in [
      ("absent.h5", "absent.h5: no such file"),
      ("text.h5", "text.h5: expected an HDF5 file, found text"),
      ("cut.h5", "cut.h5: the file is damaged: expected \(whole.count) bytes, found 5000"),
    ] {
      try expect(line, from: ["inspect", model], in: tool)
      try expect(line, from: ["predict", "iris.csv", "-m", model], in: tool)
      try expect(line, from: ["finetune", "iris.csv", "-m", model], in: tool)
    }
    let future = try tool.run("inspect", "newer.h5")
    #expect(future.status == 2)
    #expect(future.errorLines.count == 1)
    #expect(future.errors.hasPrefix("nnmodel: newer.h5: format version 99.0 is newer than "))
    #expect(try tool.run("inspect", "empty.h5").status == 2)
  }

  @Test("A loss that is no number stops training and keeps the model of before")
  func divergence() throws {
    let tool = try Tool()
    try tool.trainIris()
    let before = try tool.contents("model.h5")
    let outcome = try tool.run(
      "train", "iris.csv", "--target", "species", "--optimizer", "sgd", "--learning-rate", "1e30",
      "--activation", "identity", "--warmup", "0", "--quiet")
    #expect(outcome.status == 2)
    #expect(outcome.errorLines.count == 1)
    #expect(outcome.errors.hasPrefix("nnmodel: the loss is no longer a finite number at step "))
    #expect(outcome.errors.contains("layer 'dense_"))
    #expect(try tool.contents("model.h5") == before)
  }

  @Test("A mistake in a configuration file is named with its line")
  func configuration() throws {
    let tool = try Tool()
    try tool.copyTable("iris.csv")
    try tool.write("target: species\nepochs: many\n", to: "train.yaml")
    try expect(
      "train.yaml: line 2: epochs: expected a whole number, found 'many'",
      from: ["train", "iris.csv", "--config", "train.yaml"], in: tool)
    try tool.write("target: species\nepoch: 3\n", to: "train.yaml")
    try expect(
      "train.yaml: line 2: unknown option 'epoch'; did you mean 'epochs'?",
      from: ["train", "iris.csv", "--config", "train.yaml"], in: tool)
  }

  @Test("A folder that is not there is noticed before training")
  func folder() throws {
    let tool = try Tool()
    try tool.copyTable("iris.csv")
    try expect(
      "absent/m.h5: the folder does not exist",
      from: ["train", "iris.csv", "--target", "species", "-o", "absent/m.h5"], in: tool)
  }

  @Test("A file that is read is not replaced by the result")
  func outputIsInput() throws {
    let tool = try Tool()
    try tool.trainIris()
    let words = "would be replaced, but is read from; choose another file with -o"
    for arguments in [
      ["train", "iris.csv", "--target", "species", "-o", "iris.csv"],
      ["finetune", "iris.csv", "-o", "./iris.csv"],
      ["predict", "iris.csv", "-o", "iris.csv"],
    ] {
      try expect(
        "\(arguments.last ?? ""): \(words)", from: arguments, in: tool, untouched: "iris.csv")
    }
    try expect("model.h5: \(words)", from: ["predict", "iris.csv", "-o", "model.h5"], in: tool)
  }

  @Test(
    "A network that no memory can hold is refused",
    arguments: ["3000000000", "9e18", "100000,1000000"])
  func enormousNetwork(hidden: String) throws {
    let tool = try Tool()
    try tool.copyTable("iris.csv")
    let outcome = try tool.run("train", "iris.csv", "--target", "species", "--hidden", hidden)
    #expect(outcome.status == 64)
    #expect(outcome.errorLines.first?.hasPrefix("nnmodel: --hidden: ") == true)
    #expect(outcome.errorLines.count == 2)
  }

  @Test("A negative number is read as a number, and judged as one")
  func negativeNumber() throws {
    let tool = try Tool()
    try tool.copyTable("iris.csv")
    let outcome = try tool.run("train", "iris.csv", "--target", "species", "--epochs", "-3")
    #expect(outcome.status == 64)
    #expect(outcome.errorLines.first == "nnmodel: --epochs: expected 1 or more, found '-3'")
  }

  @Test(
    "A folder that may not be written to is noticed before training",
    .enabled(if: getuid() != 0, "the superuser may write everywhere"))
  func readOnlyFolder() throws {
    let tool = try Tool()
    try tool.copyTable("iris.csv")
    let folder = tool.folder.appendingPathComponent("locked").path
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o555])
    try expect(
      "locked/m.h5: the folder cannot be written to: permission denied",
      from: ["train", "iris.csv", "--target", "species", "-o", "locked/m.h5"], in: tool)
  }

  @Test(
    "A full disk is named", .enabled(if: FileManager.default.fileExists(atPath: "/dev/full")))
  func fullDisk() throws {
    let tool = try Tool()
    try tool.trainIris()
    for (command, line) in [
      (
        "predict iris.csv --quiet",
        "nnmodel: standard output: cannot be written: no space left on device\n"
      ),
      ("inspect", "nnmodel: standard output: cannot be written\n"),
    ] {
      let outcome = try tool.run(shell: "\(command) > /dev/full")
      #expect(outcome.status == 2)
      #expect(outcome.errors == line)
    }
  }

  @Test(
    "A file that cannot grow leaves the old one as it was",
    arguments: ["train iris.csv --target species --quiet", "finetune iris.csv -o model.h5 --quiet"])
  func noRoomForModel(command: String) throws {
    let tool = try Tool()
    try tool.trainIris()
    let before = try tool.contents("model.h5")
    let outcome = try tool.run(shell: command, limitingFilesTo: 16)
    #expect(outcome.status == 2)
    #expect(outcome.errors.hasPrefix("nnmodel: model.h5: "))
    #expect(outcome.errors.hasSuffix(": file too large\n") && outcome.errorLines.count == 1)
    #expect(try tool.contents("model.h5") == before)
    #expect(try tool.temporaryFiles().isEmpty)
  }

  @Test("Predictions that cannot grow leave the old ones as they were")
  func noRoomForPredictions() throws {
    let tool = try Tool()
    try tool.trainIris()
    try tool.write("old", to: "out.csv")
    let outcome = try tool.run(shell: "predict iris.csv -o out.csv --quiet", limitingFilesTo: 2)
    #expect(outcome.status == 2)
    #expect(outcome.errors == "nnmodel: out.csv: cannot be written: file too large\n")
    #expect(try tool.text("out.csv") == "old")
    #expect(try tool.temporaryFiles().isEmpty)
  }

  @Test(
    "Training goes on when nobody reads its progress any more",
    arguments: ["2>&1 | head -n 1", "2>&1 >/dev/null | true", "2> /dev/full"])
  func unreadProgress(redirection: String) throws {
    let tool = try Tool()
    try tool.copyTable("iris.csv")
    _ = try tool.run(
      shell: "train iris.csv --target species --epochs 300 --patience none --json \(redirection)")
    #expect(tool.has("model.h5"))
  }

  @Test("A reader that has seen enough ends the tool quietly")
  func brokenPipe() throws {
    let tool = try Tool()
    try tool.trainIris()
    let outcome = try tool.run(shell: "predict iris.csv --quiet | head -n 1")
    #expect(outcome.lines.count == 1)
    #expect(outcome.errors.isEmpty)
  }
}
