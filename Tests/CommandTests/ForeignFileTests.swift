import Foundation
import Testing

@Suite("Files of other programs, and models that they have written anew")
struct ForeignFileTests {
  private let tool: Tool

  init() throws { tool = try Tool() }

  @Test("inspect shows any HDF5 file, in words and as JSON")
  func inspection() throws {
    let path = fixtures.appendingPathComponent("foreign/keras_legacy.h5").path
    let outcome = try tool.run("inspect", path)
    #expect(outcome.status == 0 && outcome.errors.isEmpty)
    #expect(outcome.lines[1] == "a model of Keras 3.15.1 in HDF5, 12.0 KiB")
    #expect(outcome.output.contains("/model_weights/dense/dense/bias:0    float32  4      16 B"))
    #expect(
      outcome.output.contains("weight_names (text of any length [2]): dense/kernel:0, dense/bias:0")
    )
    let json = try tool.run("inspect", path, "--json").json()
    #expect(json["kind"] as? String == "keras_model" && json["schema"] as? Int == 1)
    #expect((json["objects"] as? [[String: Any]])?.count == 7)
  }

  @Test("Every other command says in one line what such a file is")
  func otherCommands() throws {
    let path = fixtures.appendingPathComponent("foreign/keras_legacy.h5").path
    try tool.copyTable("iris.csv")
    for arguments in [
      ["predict", "iris.csv", "-m", path], ["evaluate", "iris.csv", "-m", path],
      ["resume", "-m", path], ["finetune", "iris.csv", "-m", path],
    ] {
      let outcome = try tool.run(arguments)
      #expect(outcome.status == 2 && outcome.output.isEmpty)
      #expect(
        outcome.errorLines == [
          "nnmodel: \(path): a model of Keras 3.15.1 in HDF5, not a model file of nnmodel; see "
            + "nnmodel inspect \(path)"
        ])
    }
  }

  @Test("What tells a terminal to do something is shown by its number")
  func terminal() throws {
    let path = fixtures.appendingPathComponent("foreign/escapes.h5").path
    let outcome = try tool.run("inspect", path)
    #expect(outcome.status == 0 && !outcome.output.contains("\u{1b}"))
    #expect(outcome.output.contains(#"\u{1b}[31mred"#))
  }

  @Test("Where there is no room for what was read, the cause is named")
  func room() throws {
    let path = fixtures.appendingPathComponent("damaged/foreign/gzip_bomb.h5").path
    let outcome = try tool.run(shell: "inspect '\(path)'", limitingFilesTo: 100)
    #expect(outcome.status == 2)
    #expect(outcome.errorLines.count == 1 && outcome.errors.contains("file too large"))
    #expect(outcome.errors.hasPrefix("nnmodel: \(path): cannot hand over what was read: "))
  }

  #if os(Linux)
    @Test("The reading process can open no second file, and is bounded in memory and time")
    func confinement() throws {
      let path = fixtures.appendingPathComponent("damaged/foreign/heap_loop.h5").path
      try tool.write("", to: "translation")
      let run = try tool.start([
        "translate-hdf5", "--unpacked-bytes", "1000000", "--seconds", "20", "--", path,
        tool.folder.appendingPathComponent("translation").path,
      ])
      defer { run.process.terminate() }
      let folder = "/proc/\(run.process.processIdentifier)"
      func limits() -> [String: String] {
        let text = (try? String(contentsOfFile: folder + "/limits", encoding: .utf8)) ?? ""
        return Dictionary(
          text.split(separator: "\n").map { line in
            let words = line.split(separator: " ").map(String.init)
            let start = words.firstIndex { Int($0) != nil || $0 == "unlimited" } ?? 0
            return (words[..<start].joined(separator: " "), words.dropFirst(start).first ?? "")
          }, uniquingKeysWith: { first, _ in first })
      }
      // The file itself is the last thing that it opens.
      func opened() throws -> [Int] {
        try FileManager.default.contentsOfDirectory(atPath: folder + "/fd").compactMap { Int($0) }
      }
      let limit = Date().addingTimeInterval(20)
      while Date() < limit,
        Int(limits()["Max open files"] ?? "") ?? 1000 > 32
          || (try? opened().count) ?? 0 < 5
      { usleep(1000) }
      let (found, descriptors) = (limits(), try opened())
      #expect(descriptors.sorted() == [0, 1, 2, 3, 4])
      #expect(found["Max open files"] == "5")
      #expect(found["Max core file size"] == "0" && found["Max processes"] == "0")
      #expect(found["Max cpu time"] == "20")
      #expect(found["Max address space"] == "\(1 << 30 + 2_000_000)")
      #expect(found["Max file size"] == "\(256 << 20 + 1_000_000)")
      // Its output has no name any more.
      #expect(!tool.has("translation"))
    }
  #endif
}
