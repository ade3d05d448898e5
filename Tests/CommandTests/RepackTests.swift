import Foundation
import Testing

/// The program that writes HDF5 files anew, where it is installed.
private let h5repack = ["/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"]
  .map { "\($0)/h5repack" }.first { FileManager.default.isExecutableFile(atPath: $0) }

@Suite(
  "Files that h5repack has written anew",
  .enabled(if: h5repack != nil, "h5repack is not installed (Debian: hdf5-tools)"))
struct RepackTests {
  /// Ways in which h5repack lays a file out: as older versions, compact or dense groups, packed,
  /// in chunks, with shuffled bytes and checksums, aligned.
  static let options = [
    "", "-l CONTI", "-L", "--low=2 --high=2", "-L -c 100", "-t 1 -a 64", "-f GZIP=5",
    "-f SHUF -f GZIP=1 -f FLET", "-l CHUNK=7", "-S NONE",
  ]

  @Test("They predict, are inspected and go on as before, and say that their index was rebuilt")
  func everyLayout() throws {
    let tool = try Tool()
    try tool.copyTable("iris.csv")
    let run = try tool.start([
      "train", "iris.csv", "--target", "species", "--epochs", "100000", "--patience", "none",
      "--hidden", "6", "--batch-norm", "--quiet",
    ])
    usleep(400_000)
    run.process.interrupt()
    #expect(try tool.finish(run).status == 130)
    func identity(_ file: String) throws -> String {
      let report = try tool.run("inspect", file, "--json").json()
      return try #require((report["file"] as? [String: Any])?["identity"] as? String)
    }
    let expected = (
      identity: try identity("model.h5"), predictions: try tool.run("predict", "iris.csv").output
    )
    for options in RepackTests.options {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: try #require(h5repack))
      process.arguments = options.split(separator: " ").map(String.init) + ["model.h5", "re.h5"]
      process.currentDirectoryURL = tool.folder
      process.standardError = FileHandle.nullDevice
      try process.run()
      process.waitUntilExit()
      try #require(process.terminationStatus == 0, "h5repack \(options)")
      let predicted = try tool.run("predict", "iris.csv", "-m", "re.h5")
      #expect(predicted.output == expected.predictions, "h5repack \(options)")
      #expect(
        predicted.errors.contains("re.h5: its index was rebuilt, since another program"),
        "h5repack \(options): \(predicted.errors)")
      #expect(try identity("re.h5") == expected.identity, "h5repack \(options)")
      // Nothing but the index and the layout is noted.
      let verified = try tool.run("verify", "re.h5")
      #expect(verified.status == 2)
      #expect(verified.lines.allSatisfy { $0.contains("/index") }, "\(verified.output)")
      #expect(try tool.run("resume", "-m", "re.h5", "--prove", "--prove-steps", "2").status == 0)
      // Going on writes the file as nnmodel does.
      guard options == RepackTests.options.last else {
        try FileManager.default.removeItem(at: tool.folder.appendingPathComponent("re.h5"))
        continue
      }
      let resumed = try tool.start(["resume", "-m", "re.h5", "--quiet"])
      usleep(300_000)
      resumed.process.interrupt()
      #expect(try tool.finish(resumed).status == 130)
      #expect(try tool.run("verify", "re.h5").status == 0)
    }
  }
}
