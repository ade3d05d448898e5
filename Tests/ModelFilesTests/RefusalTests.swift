import Foundation
import HDF5
import Networks
import Tensors
import Testing
import Training

@testable import ModelFiles

@Suite struct RefusalTests {
  private func opening(_ path: String) -> String {
    words(about: path) { _ = try ModelFile(reading: path).model() }
  }

  @Test("What is no model file is refused with what it is instead")
  func otherFiles() throws {
    let folder = try TemporaryFolder()
    #expect(opening(folder.file("none.h5")).contains("no such file"))
    #expect(opening(folder.path).contains("a folder"))
    func message(_ text: String) throws -> String {
      try Data(text.utf8).write(to: URL(fileURLWithPath: folder.file("other.h5")))
      return opening(folder.file("other.h5"))
    }
    #expect(try message("").contains("an empty file"))
    #expect(try message("a,b\n1,2\n").contains("text"))
    let other = try HDF5.File(creating: folder.file("plain.h5"))
    try other.root.setAttribute("format", .text("something"))
    try other.close()
    for (path, found) in [
      (folder.file("plain.h5"), "an HDF5 file, but not a model file of nnmodel"),
      (foreignFixture("types.h5"), "an HDF5 file, but not a model file of nnmodel"),
      (
        foreignFixture("keras_legacy.h5"),
        "a model of Keras 3.15.1 in HDF5, not a model file of nnmodel"
      ),
      (
        foreignFixture("keras_weights.h5"),
        "weights of Keras 3 in HDF5, not a model file of nnmodel"
      ),
    ] { #expect(opening(path) == "\(found); see nnmodel inspect \(path)") }
  }

  @Test("A file that ends too early is refused wherever it ends")
  func truncation() throws {
    let folder = try TemporaryFolder()
    try SampleRun().model(after: 11).write(to: folder.file("model.h5"))
    let bytes = try contents(of: folder.file("model.h5"))
    let cut = folder.file("cut.h5")
    for length in stride(from: 0, to: bytes.count, by: 97) {
      try Data(bytes.prefix(length)).write(to: URL(fileURLWithPath: cut))
      let message = opening(cut)
      #expect(
        message != "no error" && !message.hasPrefix("another error"), "\(length): \(message)")
    }
  }

  @Test("A damaged byte never stops the program")
  func damage() throws {
    let folder = try TemporaryFolder()
    try untrainedModel().write(to: folder.file("model.h5"))
    let bytes = try contents(of: folder.file("model.h5"))
    let path = folder.file("damaged.h5")
    for place in stride(from: 0, to: bytes.count, by: 13) {
      var damaged = bytes
      damaged[place] ^= 0x5a
      try Data(damaged).write(to: URL(fileURLWithPath: path))
      // A changed weight is still a weight; all else is refused in words.
      #expect(!opening(path).hasPrefix("another error"), "byte \(place): \(opening(path))")
    }
  }

  @Test("A newer major version and one before publication are refused, a newer minor is read")
  func versions() throws {
    #expect(
      try edited { $0.version = [99, 0] }
        == "format version 99.0 is newer than 1.0, which this program reads; update nnmodel")
    #expect(try edited { $0.version = [1, 7] } == "no error")
    #expect(
      try edited { $0.version = [0, 1] }
        == "format version 0.1 is from before the format's publication and no longer read; this "
        + "program reads 1.0; train the model again")
    #expect(
      try edited { $0.version = [0] } == "an HDF5 file, but not a model file of nnmodel")
  }

  @Test("A feature that a file requires and nobody here knows is refused by its name")
  func features() throws {
    #expect(try edited { $0.features = [] } == "no error")
    #expect(
      try edited { $0.features = ["sparse_weights", "telepathy"] }
        == "requires the feature 'sparse_weights', which this program does not know; update nnmodel"
    )
  }

  @Test("A weight that is missing or of another shape or type is named")
  func weights() throws {
    #expect(try edited { _ in } == "no error")
    let missing = try edited { $0.weights["dense_2/bias"] = nil }
    #expect(missing.hasPrefix("/weights/dense_2"), "\(missing)")
    #expect(missing.contains("bias"))
    #expect(
      try edited { $0.weights["dense_1/kernel"] = Tensor(zeros: [4, 3]) }
        == "/weights/dense_1/kernel: expected real numbers [3, 4], found float32 [4, 3]")
    #expect(
      try edited { $0.weights["dense_1/kernel"] = Tensor(zeros: [3, 4], elementType: .int32) }
        == "/weights/dense_1/kernel: expected real numbers [3, 4], found int32 [3, 4]")
  }

  @Test("A description that is no network is refused with place and nearest name")
  func networks() throws {
    func network(_ old: String, _ new: String) throws -> String {
      try edited { file in
        #expect(file.network.contains(old))
        file.network = file.network.replacingOccurrences(of: old, with: new)
      }
    }
    #expect(
      try network(#""kind":"dense","name":"dense_2""#, #""kind":"dence","name":"dense_2""#)
        == "/model/network: node 'dense_2' (dence): unknown layer kind 'dence'; did you mean "
        + "'dense'?")
    #expect(try network(#""units":1"#, #""units":-1"#).contains("units: expected 1 or more"))
    #expect(try network(#""units":1"#, #""units":"one""#).contains("expected Int"))
    #expect(try network(#""function":"tanh""#, #""function":"thanh""#).contains("/model/network"))
    #expect(try network("{", "").hasPrefix("/model/network: "))
    #expect(try network(#""inputs":["dense_1"]"#, #""inputs":["dense_3"]"#).contains("dense_3"))
    // Larger than any memory, and still only words.
    #expect(try network(#""units":4"#, #""units":4000000000000"#).hasPrefix("/model/network: "))
  }

  @Test("Numbers that are none are refused where a number decides something")
  func notNumbers() throws {
    let folder = try TemporaryFolder()
    let model = try SampleRun().model(after: 11)
    let texts: [(path: String, old: String, new: String)] = [
      (ModelFilePaths.network, #""rate":0.25"#, #""rate":"nan""#),
      (ModelFilePaths.network, #""epsilon":1e-05"#, #""epsilon":NaN"#),
      (ModelFilePaths.network, #""momentum":0.9"#, #""momentum":1e999"#),
      (ModelFilePaths.trainingOptions, #""clip_norm":1"#, #""clip_norm":"nan""#),
      (ModelFilePaths.trainingOptions, #""beta1":0.9"#, #""beta1":"nan""#),
      (ModelFilePaths.preprocessing, #""fill":"#, #""fill":"nan","old":"#),
      (ModelFilePaths.preprocessing, #""mean":"#, #""mean":"infinity","old":"#),
      (ModelFilePaths.trainingProgress, #""step":11"#, #""step":-1"#),
    ]
    for (path, old, new) in texts {
      try model.write(to: folder.file("model.h5"))
      let text = try replaceText(at: path, in: folder.file("model.h5")) { text in
        text.replacingOccurrences(of: old, with: new)
      }
      #expect(text.contains(new), "\(path) has no \(old): \(text)")
      let message = opening(folder.file("model.h5"))
      #expect(message.hasPrefix("/\(path): "), "\(new): \(message)")
    }
  }

  /// The message of opening a file that was written with changes.
  private func edited(_ change: (inout EditedFile) throws -> Void) throws -> String {
    let folder = try TemporaryFolder()
    var file = try EditedFile(untrainedModel())
    try change(&file)
    try file.write(to: folder.file("model.h5"))
    return opening(folder.file("model.h5"))
  }

  /// Rewrites one text of a file; returns what it is then.
  private func replaceText(
    at path: String, in file: String, _ change: (String) -> String
  ) throws -> String {
    var changed = ""
    try copyFile(
      file, to: file + ".new",
      changing: { place, text in
        guard place == "/" + path else { return text }
        changed = change(text)
        return changed
      })
    try FileManager.default.removeItem(atPath: file)
    try FileManager.default.moveItem(atPath: file + ".new", toPath: file)
    return changed
  }
}

/// The parts of a model file that is to be written with faults in it.
private struct EditedFile {
  var version: [Int64] = [1, 0]
  var features: [String]?
  var network: String
  var weights: [String: Tensor] = [:]

  init(_ model: Model) throws {
    network = try CanonicalJSON.text(of: model.network)
    for entry in model.parameters.layout.entries {
      weights[entry.path] = model.parameters[entry]
    }
  }

  func write(to path: String) throws {
    let file = try HDF5.File(creating: path)
    try file.root.setAttribute(ModelFilePaths.format, .text("nnmodel"))
    try file.root.setAttribute(ModelFilePaths.formatVersion, .integers(version))
    try file.root.setAttribute(ModelFilePaths.writer, .text("a test"))
    if let features {
      try file.root.setAttribute(ModelFilePaths.requiredFeatures, .texts(features))
    }
    let model = try file.root.createGroup("model")
    try model.createText("network", network)
    try model.createText("output", #"{"link":"identity"}"#)
    try file.root.createText(
      ModelFilePaths.provenance, CanonicalJSON.text(of: Provenance()))
    let group = try file.root.createGroup(ModelFilePaths.weights)
    for (node, paths) in Dictionary(
      grouping: weights.keys.sorted(), by: { $0.split(separator: "/")[0] }
    )
    .sorted(by: { $0.key < $1.key }) {
      let child = try group.createGroup(String(node))
      for path in paths {
        guard let tensor = weights[path] else { continue }
        try tensor.withView { view in
          try view.withRawSpan { span in
            _ = try child.createDataset(
              String(path.dropFirst(node.count + 1)), type: Datatype(tensor.elementType),
              shape: tensor.shape.dimensions, bytes: span)
          }
        }
      }
    }
    try file.close()
  }
}
