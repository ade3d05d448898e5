import Foundation
import Networks
import Tensors
import Testing
import Training

@testable import ModelFiles

/// The programs that come with HDF5, where they are installed.
private func program(_ name: String) -> String? {
  ["/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"].map { "\($0)/\(name)" }
    .first { FileManager.default.isExecutableFile(atPath: $0) }
}

@Suite(
  .enabled(
    if: program("h5dump") != nil && program("h5diff") != nil,
    "h5dump and h5diff are not installed (Debian: hdf5-tools)"))
struct HDF5ToolTests {
  private func run(_ name: String, _ arguments: String...) throws -> (status: Int32, text: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try #require(program(name)))
    process.arguments = arguments
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: data, as: UTF8.self))
  }

  private let types = "/ext/org.example.calibration/types"

  @Test("h5dump shows every file of version 1.0", arguments: GoldenFiles.names)
  func dump(name: String) throws {
    let shown = try run("h5dump", GoldenFiles.path(name))
    #expect(shown.status == 0, "\(shown.text.suffix(300))")
    for words in ["\"nnmodel\"", "DATASET \"network\"", "GROUP \"weights\""] {
      #expect(shown.text.contains(words))
    }
  }

  @Test("h5dump shows truth values as such, and bfloat16 as the numbers they are")
  func dumpTypes() throws {
    let path = GoldenFiles.path("extended")
    let truths = try run("h5dump", "-d", "\(types)/bool", path).text
    #expect(truths.contains("(0,0): FALSE, TRUE, FALSE,"))
    #expect(truths.contains("(1,0): TRUE, FALSE, TRUE"))
    let kernel = try run(
      "h5dump", "-d", "/weights/dense_1/bias", GoldenFiles.path("bfloat16"))
    #expect(kernel.status == 0)
    // The biases of an untrained model.
    #expect(kernel.text.contains("(0): 0, 0, 0, 0"))
    let file = try ModelFile(reading: GoldenFiles.path("bfloat16"))
    let first = try file.withTensor(at: "weights/dense_1/kernel") { $0.doubles()[0] }
    let numbers = try run(
      "h5dump", "-m", "%.6g", "-d", "/weights/dense_1/kernel", GoldenFiles.path("bfloat16"))
    let expected = String(format: "%.6g", first)
    #expect(numbers.text.contains("(0,0): \(expected),"), "\(numbers.text) has no \(expected)")
  }

  @Test("h5diff finds a file equal to its own rewrite, and names what differs in another")
  func difference() throws {
    let folder = try TemporaryFolder()
    for name in ["running", "extended", "shared"] {
      let path = GoldenFiles.path(name)
      try ModelFile(reading: path).model().write(to: folder.file("again.h5"))
      let same = try run("h5diff", path, folder.file("again.h5"))
      // A dataset without elements is nothing that h5diff compares, and it says so.
      let isQuiet = same.text.isEmpty || name == "extended"
      #expect(same.status == 0 && isQuiet, "\(name): \(same.text)")
    }
    var model = try ModelFile(reading: GoldenFiles.path("untrained")).model()
    model.snapshot.parameters["dense_2/bias"] = Tensor([Float(1)])
    try model.write(to: folder.file("other.h5"))
    let other = try run("h5diff", "-r", GoldenFiles.path("untrained"), folder.file("other.h5"))
    #expect(other.status == 1)
    #expect(other.text.contains("/weights/dense_2/bias"))
  }
}
