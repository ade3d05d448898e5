import Crypto
import Datasets
import Formats
import Foundation
import Kernels
import ModelFiles
import Networks
import Tensors
import Training

/// Rows of a run that stand in arrays of NumPy, or in a table of the flattened inputs with the targets
/// behind them: nothing is prepared, they are as the network takes them.
struct ArrayRows {
  /// What the outputs learn.
  let targets: [LearnedTarget]
  /// The network for examples of these shapes.
  let network: Network
  let fingerprint: DataFingerprint
  /// What was noticed, one line each.
  let notes: [String]

  private let file: ModelFile
  private let judged: [JudgedOutput]
  private let examples: WholeExamples

  /// Whether rows of a file are taken as they are rather than as the columns of a model.
  static func areFor(_ file: ModelFile, path: String) -> Bool {
    file.preprocessing == nil || FileSignature(ofFile: path) != nil
  }

  /// Reads the rows of a file for a model.
  ///
  /// - Parameters:
  ///   - loss: in place of those that the model was trained with.
  ///   - names: of the targets, in the order of the outputs; the usual ones when nil.
  /// - Throws: `FormatError` or `TableError` with what is wrong where, `OptionError` where the model
  ///   knows no loss and none is given.
  init(_ path: String, for file: ModelFile, loss: (any Loss)?, names: [String]?) throws {
    self.file = file
    let outputs = file.network.outputs.count
    if let names, names.count != outputs {
      throw OptionError(
        "--target", expected: outputs == 1 ? "one array" : "\(outputs) arrays, one for each output",
        found: "'\(names.joined(separator: ","))'")
    }
    judged = try ExampleModel(file).judged(loss: loss, names: names)
    examples = try WholeExamples(path, for: file, judged: judged, names: names)
    network = try file.network.withInputs(shaped: examples.inputs.map(\.shape.droppingFirst))
    fingerprint = try DataFingerprint(ofFile: path, rowCount: examples.rowCount)
    notes = examples.notes
    targets = zip(zip(judged, examples.targetNames), examples.targets).map { part, tensor in
      var counts: [Int] = []
      if case .classes(let names) = part.0.judgement {
        counts = [Int](repeating: 0, count: names.count)
        if tensor.elementType == .int32 {
          for label in tensor.elements(as: Int32.self) { counts[Int(label)] += 1 }
        }
      }
      return LearnedTarget(part.1, part.0.judgement, classCounts: counts)
    }
  }

  /// The number of all rows.
  var rowCount: Int { examples.rowCount }

  /// A configuration whose losses are those of the outputs.
  func completing(_ configuration: Configuration) -> Configuration {
    var completed = configuration
    let trained = file.options?.outputLosses ?? []
    completed.losses = [:]
    completed.lossWeights = [:]
    for (index, (target, judged)) in zip(targets, judged).enumerated() {
      if let loss = judged.loss { completed.losses[target.name] = Specification(of: loss) }
      if targets.count > 1, index < trained.count {
        completed.lossWeights[target.name] = trained[index].weight
      }
    }
    return completed
  }

  /// Which rows are held out: of every class where the first target is one of classes.
  func split(share: Double, seed: UInt64) -> Split {
    if let labels = examples.targets.first, labels.elementType == .int32 {
      return .stratified(labels: labels.elements(), share: share, seed: seed)
    }
    return .random(count: rowCount, share: share, seed: seed)
  }

  /// Rows to learn from and to be judged by.
  ///
  /// - Parameter validation: a file of its own with the rows to be judged by.
  /// - Throws: as ``init(_:for:loss:names:)``.
  func rows(_ split: Split, validation: String?, names: [String]?) throws -> RunRows {
    guard let validation else {
      return RunRows(
        targets: targets, training: data(split.training),
        validation: split.validation.isEmpty ? nil : data(split.validation),
        validationFingerprint: nil)
    }
    let held = try WholeExamples(validation, for: file, judged: judged, names: names)
    return RunRows(
      targets: targets, training: data(split.training),
      validation: TrainingData(inputs: held.inputs, targets: prepared(held.targets)),
      validationFingerprint: try DataFingerprint(ofFile: validation, rowCount: held.rowCount))
  }

  private func data(_ rows: [Int]) -> TrainingData {
    if rows == Array(0..<rowCount) {
      return TrainingData(inputs: examples.inputs, targets: prepared(examples.targets))
    }
    return TrainingData(
      inputs: examples.inputs.map { $0.gathering(rows) },
      targets: prepared(examples.targets.map { $0.gathering(rows) }))
  }

  /// Targets as the losses take them: numbers in the unit of the network, classes for losses of yes or
  /// no as numbers.
  private func prepared(_ tensors: [Tensor]) -> [Tensor] {
    zip(judged, tensors).map { judged, tensor in
      if case .numbers(let target?) = judged.judgement {
        let scaled = tensor.doubles().map { Float(($0 - target.offset) * target.scale) }
        return Tensor(scaled, shape: tensor.shape)
      }
      guard tensor.elementType == .int32, judged.loss?.targets == .numbers else { return tensor }
      let labels = tensor.elements(as: Int32.self)
      let width = judged.output.isSingle ? 1 : judged.output.width
      guard width > 1 else { return Tensor(labels.map { Float($0) }, shape: [labels.count, 1]) }
      var values = [Float](repeating: 0, count: labels.count * width)
      for (row, label) in labels.enumerated() { values[row * width + Int(label)] = 1 }
      return Tensor(values, shape: [labels.count, width])
    }
  }
}

extension Tensor {
  /// The rows at some places, in their order.
  fileprivate func gathering(_ rows: [Int]) -> Tensor {
    var gathered = Tensor(
      zeros: shape.replacing(axis: 0, with: rows.count), elementType: elementType)
    let places = Tensor(rows.map { Int32($0) })
    gathered.withMutableView { target in
      withView { source in
        places.withView {
          Kernels.gatherRows(of: source, at: $0, into: target, on: Workers(threadCount: 1))
        }
      }
    }
    return gathered
  }
}

extension DataFingerprint {
  /// The fingerprint of the bytes of a file.
  ///
  /// - Throws: ``FileError`` when it cannot be read.
  fileprivate init(ofFile path: String, rowCount: Int) throws {
    var hash = SHA256()
    var byteCount = 0
    do {
      let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
      defer { try? handle.close() }
      while let part = try handle.read(upToCount: 1 << 20), !part.isEmpty {
        hash.update(data: part)
        byteCount += part.count
      }
    } catch {
      throw FileError(path, "cannot be read")
    }
    self.init(
      path: path, sha256: hash.finalize().hexadecimal, byteCount: byteCount, rowCount: rowCount)
  }
}
