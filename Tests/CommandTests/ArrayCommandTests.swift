import Foundation
import Testing

/// A Python with NumPy, as `tools/test` names it.
private let python = ProcessInfo.processInfo.environment["NNMODEL_PYTHON"]

@Suite("Arrays on the command line")
struct ArrayCommandTests {
  private func copy(_ names: String..., to tool: Tool) throws {
    for name in names {
      let source = fixtures.appendingPathComponent(name)
      try FileManager.default.copyItem(
        at: source, to: tool.folder.appendingPathComponent(source.lastPathComponent))
    }
  }

  @Test("predict and evaluate take arrays whatever they are called, and from standard input")
  func arrays() throws {
    let tool = try Tool()
    try copy("models/untrained.h5", "arrays/features.npy", "arrays/features.npz", to: tool)
    let named = try tool.run("predict", "features.npy", "-m", "untrained.h5")
    #expect(named.status == 0 && named.errors.isEmpty)
    #expect(named.lines.count == 7 && named.lines.first == "dense_2")
    try tool.contents("features.npy").write(to: tool.folder.appendingPathComponent("data.csv"))
    #expect(try tool.run("predict", "data.csv", "-m", "untrained.h5").output == named.output)
    let piped = try tool.run(
      "predict", "-", "-m", "untrained.h5", input: tool.contents("features.npy"))
    #expect(piped.output == named.output)
    let written = try tool.run(
      "predict", "features.npz", "-m", "untrained.h5", "-o", "p.npz", "--threads", "1")
    #expect(written.status == 0)
    #expect(
      written.errorLines == ["note: not used by the model: y", "wrote 6 predictions to p.npz"])
    let lines = try tool.run("predict", "features.npy", "-m", "untrained.h5", "--json")
    #expect(lines.lines.count == 6 && lines.lines[0].hasPrefix("{\"dense_2\":"))

    let scored = try tool.run(
      "evaluate", "features.npz", "-m", "untrained.h5", "--loss", "huber", "--json")
    let object = try scored.json()
    #expect(object["rows"] as? Int == 6 && object["target"] as? String == "y")
    let loss = try #require(object["loss"] as? [String: Any])
    #expect(loss["kind"] as? String == "huber" && loss["mean"] as? Double != nil)
    let text = try tool.run("evaluate", "features.npz", "-m", "untrained.h5", "--loss", "huber")
    #expect(text.output.contains("loss (huber)") && text.output.contains("RMSE"))
  }

  @Test("Damaged arrays leave the old predictions, and end with code 2 and one line")
  func damaged() throws {
    let tool = try Tool()
    try copy(
      "models/untrained.h5", "arrays/features.npz", "damaged/arrays/objects.npy",
      "damaged/arrays/cut_archive.npz", "damaged/arrays/spreadsheet.npz", to: tool)
    try tool.write("old", to: "p.npz")
    let whole = try tool.contents("features.npz")
    try whole.prefix(whole.count - 100).write(to: tool.folder.appendingPathComponent("cut.npz"))
    for (name, words) in [
      ("objects.npy", "expected numbers, found objects, which are pickled code ('|O')"),
      (
        "cut_archive.npz",
        "cannot be read as a zip archive, it is damaged or cut short: not a zip archive"
      ),
      ("cut.npz", "cannot be read as a zip archive, it is damaged or cut short"),
      (
        "spreadsheet.npz",
        "expected arrays of NumPy, found a zip archive or a spreadsheet; save it as CSV"
      ),
    ] {
      for command in ["predict", "evaluate"] {
        let options = command == "predict" ? ["-o", "p.npz"] : ["--loss", "huber"]
        let outcome = try tool.run([command, name, "-m", "untrained.h5"] + options)
        #expect(outcome.status == 2 && outcome.errorLines.count == 1 && outcome.output.isEmpty)
        #expect(outcome.errors.hasPrefix("nnmodel: \(name): \(words)"), "\(outcome.errors)")
      }
    }
    #expect(try tool.text("p.npz") == "old")
    #expect(try tool.files().count == 7)
    let piped = try tool.run(shell: "predict - -m untrained.h5 < objects.npy")
    #expect(piped.errors.hasPrefix("nnmodel: standard input: expected numbers, found objects"))
    let usage = try tool.run(
      "predict", "features.npz", "-m", "untrained.h5", "-o", "p.npy", "--json")
    #expect(usage.status == 64)
    #expect(usage.errorLines[0] == "nnmodel: --json: expected a file of text, found 'p.npy'")
  }

  @Test("More threads than processors are not started, which is said, and change nothing")
  func threads() throws {
    let tool = try Tool()
    try tool.trainIris()
    let processors = ProcessInfo.processInfo.activeProcessorCount
    for command in ["predict", "evaluate"] {
      let one = try tool.run(command, "iris.csv", "--threads", "1")
      let many = try tool.run(command, "iris.csv", "--threads", "\(processors + 6)")
      #expect(one.status == 0 && many.status == 0)
      #expect(one.output == many.output && one.errors.isEmpty)
      #expect(many.errors.hasPrefix("note: this machine has \(processors) processor"))
      #expect(many.errors.hasSuffix("of \(processors + 6) threads \(processors) work\n"))
      #expect(try tool.run(command, "iris.csv", "--threads", "0").status == 64)
    }
  }

  @Test(
    "NumPy writes what is predicted and reads the predictions",
    .enabled(if: python != nil, "NNMODEL_PYTHON names no Python with NumPy; tools/test sets it"))
  func numPy() throws {
    let tool = try Tool()
    try copy("models/shared.h5", "models/untrained.h5", to: tool)
    try runPython(
      """
      import numpy as np
      rows = np.arange(5 * 3).reshape(5, 3) % 5
      np.savez("in.npz", words=rows.astype(">i2"), bias=np.ones((5, 3, 5), dtype=bool))
      np.savez_compressed("packed.npz", bias=np.ones((5, 3, 5)), words=rows.astype("u1"))
      np.save("in.npy", np.asfortranarray(rows * 0.5))
      """, in: tool)
    for (input, output) in [("in.npz", "a.npz"), ("packed.npz", "b.npz"), ("in.npz", "a.npy")] {
      #expect(try tool.run("predict", input, "-m", "shared.h5", "-o", output).status == 0)
    }
    #expect(try tool.contents("a.npz") == tool.contents("b.npz"))
    #expect(try tool.run("predict", "in.npy", "-m", "untrained.h5", "-o", "c.npy").status == 0)
    #expect(try tool.run("predict", "in.npy", "-m", "untrained.h5", "-o", "c.csv").status == 0)
    try runPython(
      """
      import numpy as np
      archive = np.load("a.npz", allow_pickle=False)
      assert archive.files == ["output"], archive.files
      output = archive["output"]
      assert output.dtype == "<f4" and output.shape == (5, 3, 5) and output.flags.aligned
      assert np.array_equal(output, np.load("a.npy", allow_pickle=False))
      text = np.loadtxt("c.csv", skiprows=1, dtype="f4")
      assert np.array_equal(text, np.load("c.npy")[:, 0])
      np.save("again.npy", output)
      assert open("again.npy", "rb").read() == open("a.npy", "rb").read()
      """, in: tool)
  }

  private func runPython(_ script: String, in tool: Tool) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try #require(python))
    process.arguments = ["-c", script]
    process.currentDirectoryURL = tool.folder
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
  }
}
