import Foundation
import HDF5
import Networks
import Tensors
import Testing
import Training

@testable import ModelFiles

@Suite struct VerificationTests {
  /// What is wrong with a file of these bytes: that it cannot be opened, or what `verify` finds.
  private func problems(_ bytes: [UInt8]) throws -> [String] {
    do {
      let file = try ModelFile(NativeFile(bytes: bytes, named: "model.h5"), name: "model.h5")
      return file.verify().map(\.description)
    } catch let error as ModelFileError {
      return ["\(error)"]
    } catch let error as HDF5Error {
      return ["\(error)"]
    }
  }

  private func bytes(of model: Model) throws -> [UInt8] {
    let folder = try TemporaryFolder()
    try model.write(to: folder.file("model.h5"))
    return try contents(of: folder.file("model.h5"))
  }

  @Test("Every changed byte is found, in padding too", arguments: [nil, 11])
  func everyByte(step: Int?) throws {
    var bytes = try bytes(of: step.map { try SampleRun().model(after: $0) } ?? untrainedModel())
    #expect(try problems(bytes) == [])
    var silent: [Int] = []
    // Of the larger file, whose parts are more but not of more kinds, every fifth byte.
    for place in stride(from: 0, to: bytes.count, by: step == nil ? 1 : 5) {
      for mask in [UInt8(1 << (place % 8)), 0xff] {
        bytes[place] ^= mask
        if try problems(bytes).isEmpty { silent.append(place) }
        bytes[place] ^= mask
      }
    }
    #expect(silent == [])
  }

  @Test("A file cut short anywhere is refused, as is a longer one", arguments: [nil, 11])
  func everyLength(step: Int?) throws {
    let bytes = try bytes(of: step.map { try SampleRun().model(after: $0) } ?? untrainedModel())
    for count in bytes.indices {
      #expect(
        throws: (any Error).self, "\(count) bytes",
        performing: { try NativeFile(bytes: Array(bytes.prefix(count)), named: "cut.h5") })
    }
    #expect(try !problems(bytes + [0]).isEmpty)
  }

  @Test("A changed weight is named with its path, and stops a run that would go on")
  func changedWeight() throws {
    let folder = try TemporaryFolder()
    try SampleRun().model(after: 11).write(to: folder.file("model.h5"))
    let offset = try ModelFile(reading: folder.file("model.h5")).tensors()
      .first { $0.path == "/weights/dense_1/kernel" }?.offset
    var bytes = try contents(of: folder.file("model.h5"))
    bytes[try #require(offset)] ^= 1
    try Data(bytes).write(to: URL(fileURLWithPath: folder.file("model.h5")))
    let file = try ModelFile(reading: folder.file("model.h5"))
    let found = file.verify()
    #expect(found.map(\.kind) == [.digest] && found.map(\.path) == ["/weights/dense_1/kernel"])
    let message = words(about: folder.file("model.h5")) { try file.checkDigests() }
    #expect(message.hasPrefix("/weights/dense_1/kernel: expected bytes with SHA-256"))
    // Without a look at the bytes the file is still a model.
    _ = try file.model()
  }

  @Test("Weights and slots that are no numbers are counted")
  func notNumbers() throws {
    var model = try SampleRun().model()
    model.snapshot.parameters["dense_2/bias"] = Tensor([Float.nan, -.infinity])
    #expect(
      try problems(bytes(of: model))
        == ["/weights/dense_2/bias: 2 of 2 numbers are NaN or infinite"])
  }

  @Test("What is missing, left over or does not fit the network and the run is named")
  func disagreement() throws {
    let folder = try TemporaryFolder()
    try SampleRun().model(after: 11).write(to: folder.file("model.h5"))
    var count = 0
    func found(
      keeps: (String) -> Bool = { _ in true }, changing: (String, String) -> String = { $1 }
    ) throws -> [ModelFileProblem] {
      count += 1
      let path = folder.file("\(count).h5")
      try copyFile(folder.file("model.h5"), to: path, keeps: keeps, changing: changing)
      return try ModelFile(reading: path).verify().filter { ![.index, .digest].contains($0.kind) }
    }
    #expect(try found() == [])
    let slot = try #require(
      try ModelFile(reading: folder.file("model.h5")).options?.optimizer.slots.first)
    let missing = "/optimizer/\(slot)/dense_2/kernel"
    #expect(
      try found(keeps: { $0 != missing }) == [.init(.optimizer, path: missing, "is missing")])
    let history = try found(keeps: { $0 != "/history" })
    #expect(history.map(\.kind) == [.history], "\(history)")
    // The same file under a progress that knows of no live state.
    let leftOver = try found(changing: { path, text in
      path != "/training/progress"
        ? text
        : text.replacingOccurrences(
          of: #""live_optimizer_step":[0-9]+,"#, with: "", options: .regularExpression)
    })
    #expect(
      leftOver.contains { $0.path == "/training/live" && $0.kind == .parameters }, "\(leftOver)")
  }

  @Test("An index that contradicts itself is damage, not another program's work")
  func damagedIndex() throws {
    var bytes = try bytes(of: untrainedModel())
    let native = try NativeFile(bytes: bytes, named: "model.h5")
    for column in ["names", "name_end", "type", "rank", "shape", "byte_count", "sha256"] {
      let place = try native.root.dataset(at: "index/\(column)").range.lowerBound
      bytes[place] ^= 0x11
      let file = try ModelFile(NativeFile(bytes: bytes, named: "model.h5"), name: "model.h5")
      #expect(throws: ModelFileError.self, "\(column)") { try file.checkDigests() }
      bytes[place] ^= 0x11
    }
  }
}
