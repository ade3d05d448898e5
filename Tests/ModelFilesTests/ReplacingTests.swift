import Foundation
import Testing

@testable import ModelFiles

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite struct ReplacingTests {
  private struct Interruption: Error {}

  @Test("A write that fails half-way leaves the old file and nothing else")
  func failingWrite() throws {
    let folder = try TemporaryFolder()
    try untrainedModel().write(to: folder.file("model.h5"))
    let before = try contents(of: folder.file("model.h5"))
    #expect(throws: Interruption.self) {
      try ReplacingFile.write(to: folder.file("model.h5")) { temporary in
        try Data(repeating: 7, count: 1000).write(to: URL(fileURLWithPath: temporary))
        throw Interruption()
      }
    }
    #expect(try contents(of: folder.file("model.h5")) == before)
    #expect(try folder.names() == ["model.h5"])
  }

  @Test("A model that cannot be written whole leaves the old file and nothing else")
  func failingModel() throws {
    let folder = try TemporaryFolder()
    var model = try untrainedModel()
    try model.write(to: folder.file("model.h5"))
    let before = try contents(of: folder.file("model.h5"))
    // A text with U+0000 in it is no text that a file can hold.
    model.configuration = "a\u{0}b"
    let message = words(about: folder.file("model.h5")) {
      try model.write(to: folder.file("model.h5"))
    }
    #expect(message.contains("training/configuration"), "\(message)")
    #expect(!message.contains(".tmp"))
    #expect(try contents(of: folder.file("model.h5")) == before)
    #expect(try folder.names() == ["model.h5"])
  }

  @Test("A folder in the place of the file stays a folder")
  func folderInPlace() throws {
    let folder = try TemporaryFolder()
    try FileManager.default.createDirectory(
      atPath: folder.file("model.h5"), withIntermediateDirectories: false)
    let model = try untrainedModel()
    let message = words(about: folder.file("model.h5")) {
      try model.write(to: folder.file("model.h5"))
    }
    #expect(message == "expected a file, found a folder")
    #expect(try folder.names() == ["model.h5"])
  }

  @Test("A folder that is not there, or is a file, is named")
  func noFolder() throws {
    let folder = try TemporaryFolder()
    let model = try untrainedModel()
    func message(_ name: String) -> String {
      words(about: folder.file(name)) { try model.write(to: folder.file(name)) }
    }
    #expect(message("none/model.h5") == "the folder does not exist")
    try Data().write(to: URL(fileURLWithPath: folder.file("file")))
    #expect(message("file/model.h5") == "its folder is a file")
    #expect(try folder.names() == ["file"])
  }

  @Test(
    "A read-only folder keeps what is in it",
    .enabled(if: getuid() != 0, "root may write everywhere"))
  func readOnlyFolder() throws {
    let folder = try TemporaryFolder()
    let model = try untrainedModel()
    try model.write(to: folder.file("model.h5"))
    let before = try contents(of: folder.file("model.h5"))
    #expect(chmod(folder.path, 0o555) == 0)
    defer { _ = chmod(folder.path, 0o755) }
    let message = words(about: folder.file("model.h5")) {
      try model.write(to: folder.file("model.h5"))
    }
    #expect(message == "the folder cannot be written to: permission denied")
    #expect(try contents(of: folder.file("model.h5")) == before)
    #expect(try folder.names() == ["model.h5"])
  }

  @Test("What an interrupted write left behind is no obstacle, and goes when nobody writes it")
  func leftovers() throws {
    let folder = try TemporaryFolder()
    // No process has so large a number.
    for name in [".model.h5.99999999.0.tmp", ".model.h5.99999999.tmp", ".model.h5.tmp"] {
      try Data("half".utf8).write(to: URL(fileURLWithPath: folder.file(name)))
    }
    try untrainedModel().write(to: folder.file("model.h5"))
    ReplacingFile.removeRemains(of: folder.file("model.h5"))
    #expect(try folder.names() == [".model.h5.99999999.tmp", ".model.h5.tmp", "model.h5"])
  }

  @Test("The file that is replaced is kept where that is asked, however often")
  func previous() throws {
    let folder = try TemporaryFolder()
    let (path, previous) = (folder.file("model.h5"), folder.file("model.h5.previous"))
    let models = try [1, 5, 9].map { try SampleRun().model(after: $0) }
    for model in models { try model.write(to: path, keepsPrevious: true) }
    func step(_ path: String) throws -> Int? { try ModelFile(reading: path).progress?.step }
    #expect(try step(path) == 9 && step(previous) == 5)
    // As a program leaves them that ends between the two renames.
    #expect(unlink(previous) == 0 && link(path, previous) == 0)
    try models[0].write(to: path, keepsPrevious: true)
    #expect(try step(path) == 1 && step(previous) == 9)
    try ReplacingFile.restorePrevious(of: path)
    #expect(try step(path) == 9 && step(path + ".damaged") == 1)
    #expect(try folder.names() == ["model.h5", "model.h5.damaged"])
  }
}
