import Foundation
import HDF5
import Networks
import Tensors
import Testing
import Training

@testable import ModelFiles

@Suite struct ExtensionTests {
  /// Something of every kind that an extension can hold.
  static let sample = ModelExtension(
    "org.example.calibration",
    .init(
      attributes: [
        "made_by": .text("größer"), "count": .integer(3), "weights": .numbers([0.5, 1]),
      ],
      children: [
        .init("note", .text("π", attributes: ["lines": .integers([1, 2])])),
        .init("labels", .texts(["a", "", "ccc"], shape: [3], fieldByteCount: 5)),
        .init("nothing", .tensor(Tensor(zeros: [0, 3], elementType: .float32))),
        .init(
          "types",
          .group(
            .init(
              children: ElementType.allCases.map { type in
                .init("\(type)", .tensor(tensor(of: type), attributes: ["name": .text("\(type)")]))
              }))),
      ]))

  /// Six elements with bits of all kinds in them.
  static func tensor(of type: ElementType) -> Tensor {
    var tensor = Tensor(zeros: [2, 3], elementType: type)
    tensor.withMutableView { view in
      let bytes = view.cast(at: 0, shape: [view.byteCount], elementType: .uint8)
      for index in 0..<view.byteCount {
        bytes.setElement(
          index, to: type == .bool ? UInt8(index % 2) : UInt8((37 * index + 1) % 256))
      }
    }
    return tensor
  }

  @Test("What other programs keep comes back bit for bit, and stays on every rewrite")
  func roundTrip() throws {
    let folder = try TemporaryFolder()
    let run = try SampleRun()
    var model = try run.model(after: 7)
    let plain = model
    model.extensions = [ExtensionTests.sample, ModelExtension("com.example.other", .init())]
    try model.write(to: folder.file("model.h5"))
    let file = try ModelFile(reading: folder.file("model.h5"))
    #expect(file.verify() == [] && file.notes == [])
    #expect(try file.extensions() == model.extensions)
    #expect(file.extensionNames == ["org.example.calibration", "com.example.other"])
    try file.model().write(to: folder.file("again.h5"))
    #expect(
      try contents(of: folder.file("again.h5")) == contents(of: folder.file("model.h5")))
    // They are part of what the file is, and no part of what its weights are.
    try plain.write(to: folder.file("plain.h5"))
    let other = try ModelFile(reading: folder.file("plain.h5"))
    #expect(other.identity != file.identity && other.weightsIdentity == file.weightsIdentity)
  }

  @Test("What stands for the file's size while it is written may be kept by another program")
  func sizePlaceholder() throws {
    let folder = try TemporaryFolder()
    var model = try untrainedModel()
    let number = Int64(bitPattern: ModelIndex.sizePlaceholder)
    model.extensions = [ModelExtension("a.b", .init(attributes: ["x": .integer(number)]))]
    try model.write(to: folder.file("model.h5"))
    let file = try ModelFile(reading: folder.file("model.h5"))
    #expect(try file.extensions() == model.extensions)
    #expect(try ModelIndex(in: file.root)?.fileByteCount == file.byteCount)
  }

  @Test("A name that is no reverse domain name, and texts that do not fit, are refused")
  func refusals() throws {
    let folder = try TemporaryFolder()
    var model = try untrainedModel()
    func message(_ content: ModelExtension) -> String {
      model.extensions = [content]
      return words(about: folder.file("model.h5")) { try model.write(to: folder.file("model.h5")) }
    }
    for name in ["calibration", "", ".", "a.", "org.example/x", "org.exämple"] {
      #expect(message(ModelExtension(name, .init())).contains("expected a reverse domain name"))
    }
    func message(_ item: ModelExtension.Item) -> String {
      message(ModelExtension("a.b", .init(children: [.init("x", item)])))
    }
    #expect(message(.texts(["long"], shape: [1], fieldByteCount: 3)).hasPrefix("/ext/a.b/x: "))
    #expect(message(.texts(["a"], shape: [2], fieldByteCount: 3)).hasPrefix("/ext/a.b/x: "))
    #expect(
      message(
        ModelExtension("a.b", .init(children: [.init("x", .text("1")), .init("x", .text("2"))])))
        == "/ext/a.b/x: expected each name once")
    #expect(try folder.names() == [])
  }

  @Test("Things that the format does not know are told, and not kept in silence")
  func unknown() throws {
    let folder = try TemporaryFolder()
    var model = try untrainedModel()
    model.extensions = [ExtensionTests.sample]
    try model.write(to: folder.file("model.h5"))
    // The same content outside of /ext.
    try copyFile(
      folder.file("model.h5"), to: folder.file("other.h5"),
      renaming: { $0 == "/ext" ? "more" : nil })
    let file = try ModelFile(reading: folder.file("other.h5"))
    #expect(
      file.notes.contains {
        $0.contains("holds /more/org.example.calibration/note and 15 more, which this program")
      })
    let found = file.verify().filter { $0.kind == .structure }.map(\.description)
    #expect(found.count == 16)
    #expect(
      found.first
        == "/more/org.example.calibration/note: is nothing that format 1.0 knows")
  }

  @Test("A truth value that is neither is a problem")
  func truths() throws {
    let folder = try TemporaryFolder()
    var model = try untrainedModel()
    var tensor = Tensor(zeros: [3], elementType: .bool)
    tensor.withMutableView {
      $0.cast(at: 0, shape: [3], elementType: .uint8).setElement(1, to: UInt8(2))
    }
    model.extensions = [ModelExtension("a.b", .init(children: [.init("x", .tensor(tensor))]))]
    try model.write(to: folder.file("model.h5"))
    #expect(
      try ModelFile(reading: folder.file("model.h5")).verify().map(\.description)
        == ["/ext/a.b/x: 1 truth values are neither 0 nor 1"])
  }
}
