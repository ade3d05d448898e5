import Datasets
import Foundation
import Layers
import Networks
import Tensors
import Testing
import Training

@testable import ModelFiles

/// A Python with h5py and NumPy, as `tools/test` names it.
private let python = ProcessInfo.processInfo.environment["NNMODEL_PYTHON"]

private let repository = URL(fileURLWithPath: #filePath)
  .appendingPathComponent("../../..").standardizedFileURL

@Suite(
  .enabled(if: python != nil, "NNMODEL_PYTHON names no Python with h5py; tools/test sets it"))
struct PythonTests {
  @Test(
    "tools/examples/read_model.py reproduces the predictions of a model file",
    arguments: [
      ("iris", "species"), ("breast_cancer", "diagnosis"), ("diabetes", "progression"),
    ])
  func predictions(name: String, target: String) throws {
    try compare(
      repository.appendingPathComponent("Fixtures/tables/\(name).csv").path, target: target)
  }

  @Test("So it does with truths, categories and gaps")
  func everyColumn() throws {
    let folder = try TemporaryFolder()
    let table = sampleTable
    let texts = table.columns.map { column -> [String] in
      switch column.values {
      case .numbers(let numbers): numbers.map { $0.isNaN ? "NA" : "\($0)" }
      case .names(let codes, let names): codes.map { $0 < 0 ? "" : names[Int($0)] }
      }
    }
    let lines =
      [table.columns.map { $0.name }.joined(separator: ",")]
      + (0..<table.rowCount).map { row in texts.map { $0[row] }.joined(separator: ",") }
    let path = folder.file("table.csv")
    try (lines.joined(separator: "\n") + "\n").write(
      toFile: path, atomically: true, encoding: .utf8)
    try compare(path, target: "bought")
  }

  @Test("h5py reads elements of every type as NumPy's of that type")
  func elementTypes() throws {
    let script = """
      import sys
      import h5py, numpy as np
      file = h5py.File(sys.argv[1])
      types = file["ext/org.example.calibration/types"]
      for name, data in types.items():
          expected = {"bool": "bool", "bfloat16": "float32"}.get(name, name)
          assert data.dtype.name == expected, (name, data.dtype)
          assert data.shape == (2, 3) and data.attrs["name"].decode() == name
      assert types["bool"][()].tolist() == [[False, True, False], [True, False, True]]
      raw = open(sys.argv[1], "rb").read()
      offset = types["bfloat16"].id.get_offset()
      bits = np.frombuffer(raw[offset:offset + 12], "<u2").astype("<u4") << 16
      np.testing.assert_array_equal(types["bfloat16"][()].ravel(), bits.view("<f4"))
      assert file["ext/org.example.calibration/note"][()].decode() == "π"
      assert [text.decode() for text in file["ext/org.example.calibration/labels"]] == [
          "a", "", "ccc"]
      """
    _ = try run(["-c", script, GoldenFiles.path("extended")])
  }

  @Test("h5py reads the index, finds every dataset as it says, and comes to the same identity")
  func index() throws {
    let folder = try TemporaryFolder()
    try SampleRun().model(after: 11).write(to: folder.file("model.h5"))
    let script = """
      import hashlib, sys
      import h5py
      file, raw = h5py.File(sys.argv[1]), open(sys.argv[1], "rb").read()
      index = {name: data[()] for name, data in file["index"].items()}
      names, rows, start = index["names"].tobytes(), [], 0
      for row, end in enumerate(index["name_end"]):
          path, start = names[start:end].decode(), end
          shape = tuple(int(extent) for extent in index["shape"][row][:index["rank"][row]])
          data = file[path]
          offset, count = int(index["offset"][row]), int(index["byte_count"][row])
          assert data.shape == shape and data.id.get_offset() == offset, path
          assert data.id.get_storage_size() == count, path
          kind = index["type"][row].decode()
          assert kind == ("text" if data.dtype.kind == "S" else data.dtype.name), path
          digest = hashlib.sha256(raw[offset:offset + count]).digest()
          assert digest == index["sha256"][row].tobytes(), path
          rows.append((path.encode(), digest.hex(), kind, ",".join(map(str, shape))))
      found = []
      file.visititems(lambda name, item: found.append("/" + name)
                      if isinstance(item, h5py.Dataset) and not name.startswith("index/") else None)
      assert sorted(found) == sorted(row[0].decode() for row in rows)
      def identity(rows):
          return hashlib.sha256(b"".join(
              f"{digest} {kind} [{shape}] ".encode() + path + b"\\0"
              for path, digest, kind, shape in sorted(rows))).hexdigest()
      print(identity(rows))
      print(identity(row for row in rows if row[0].startswith(b"/weights/")))
      print(file["index"].attrs["identity"].decode())
      """
    let lines = try run(["-c", script, folder.file("model.h5")]).split(separator: "\n")
    let file = try ModelFile(reading: folder.file("model.h5"))
    #expect(lines.map(String.init) == [file.identity, file.weightsIdentity, file.identity])
  }

  /// Trains on a table and has both sides predict it.
  private func compare(_ path: String, target: String) throws {
    let table = try Table(contentsOf: path)
    let preprocessing = try Preprocessing(fitting: table, target: target)
    let encoded = try preprocessing.encode(table)
    let isClasses = preprocessing.target.task == .classification
    let network = try Network.sequential(
      input: [preprocessing.inputs[0].width], named: Preprocessing.featuresInput
    ) {
      Dense(16)
      BatchNormalization()
      Activation(.relu)
      Dropout(0.2)
      Dense(8)
      Activation(.tanh)
      Dense(6)
      Activation(.sigmoid)
      Dense(preprocessing.target.outputCount)
    }
    let data = TrainingData(
      encoded.inputs[0].tensor, targets: try #require(encoded.targets?[0]))
    let loss: any Loss = isClasses ? CrossEntropy() : MeanSquaredError()
    let trainer = try Trainer(
      network,
      options: TrainingOptions(loss: loss, optimizer: Adam(learningRate: 0.01), epochs: 10),
      data: data)
    try trainer.run()
    let model = Model(
      network: network, options: trainer.options, state: trainer.state(),
      preprocessing: preprocessing)
    let folder = try TemporaryFolder()
    try model.write(to: folder.file("model.h5"))

    let expected = try Evaluator(network, parameters: LiveParameters(model.parameters))
      .predict(data.inputs, link: model.link)
    let printed = try run([
      repository.appendingPathComponent("tools/examples/read_model.py").path,
      folder.file("model.h5"), path,
    ])
    let lines = printed.split(separator: "\n").map { $0.split(separator: ",") }
    #expect(lines.count == table.rowCount + 1, "\(printed)")
    let found = lines.dropFirst().flatMap { $0.map { Double($0) ?? .nan } }
    switch preprocessing.target {
    case .classes(let target):
      #expect(lines.first?.map(String.init) == target.classes)
      for (found, expected) in zip(found, expected.doubles()) {
        #expect(abs(found - expected) <= 1e-5)
      }
    case .labels: Issue.record("no table of the fixtures has labels")
    case .number(let target):
      for (found, expected) in zip(found, expected.elements(as: Float.self)) {
        let value = Double(target.value(ofOutput: expected))
        #expect(abs(found - value) <= 1e-5 * max(abs(value), target.statistics.deviation))
      }
    }
    #expect(found.count == expected.count)
  }

  private func run(_ arguments: [String]) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try #require(python))
    process.arguments = arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    return String(decoding: output, as: UTF8.self)
  }
}
