import Foundation
import Fuzzing
import Testing

/// What `tools/fuzz` does at length, in a few seconds.
@Suite("Files from strangers")
struct FuzzingTests {
  /// A folder for files on the way.
  private final class Folder {
    let path: String

    init() throws {
      let url = FileManager.default.temporaryDirectory
        .appendingPathComponent("nnmodel-fuzzing-\(UUID().uuidString)")
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
      path = url.path
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
  }

  private static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../Fixtures/fuzz").standardizedFileURL

  @Test("Every file that fuzzing starts from, and every one it has found, keeps all promises")
  func corpus() throws {
    let folder = try Folder()
    let target = ModelTarget(folder: folder.path)
    let names = try FileManager.default.contentsOfDirectory(atPath: FuzzingTests.fixtures.path)
    var wholeCount = 0
    for name in names.sorted() {
      let file = FuzzingTests.fixtures.appendingPathComponent(name)
      let bytes = [UInt8](try Data(contentsOf: file))
      _ = try ParserTarget.run(bytes)
      wholeCount += try target.run(bytes).isWhole ? 1 : 0
    }
    // tools/fuzz seeds makes them anew.
    #expect(wholeCount >= 7)
  }

  @Test("Every array and archive that fuzzing starts from is read or refused in words")
  func arrays() throws {
    var readCount = 0
    for folder in ["arrays", "damaged/arrays"] {
      let url = FuzzingTests.fixtures.appendingPathComponent("../\(folder)").standardizedFileURL
      for name in try FileManager.default.contentsOfDirectory(atPath: url.path) {
        let bytes = [UInt8](try Data(contentsOf: url.appendingPathComponent(name)))
        if case .read = try ArrayTarget.run(bytes) { readCount += 1 }
      }
    }
    #expect(readCount == 13)
  }

  @Test("Files that are changed and signed again are refused in words, or keep all promises")
  func exploration() throws {
    let folder = try Folder()
    let target = ModelTarget(folder: folder.path)
    var exploration = Exploration()
    for (_, bytes) in try SampleFiles(in: folder.path).files {
      try exploration.run(bytes, seeds: 0..<120, target: target)
    }
    #expect(exploration.loadedCount > 0 && exploration.loadedCount < exploration.runCount)
    #expect(exploration.predictedCount > 0 && exploration.resumedCount > 0)
  }

  @Test("A changed byte and a missing end are found in a file of every kind")
  func damage() throws {
    let folder = try Folder()
    for (name, bytes) in try SampleFiles(in: folder.path).files {
      // A stride that has no factor in common with the alignment of anything.
      let damage = try DamageCount(bytes, stride: 131, masks: [1, 128, 255])
      #expect(damage.silent.isEmpty, "\(name): \(damage)")
      #expect(damage.harmlessCount == 0 && damage.changeCount > 300, "\(name): \(damage)")
    }
  }
}
