import Datasets
import Kernels
import ModelFiles
import Networks
import Tensors
import Training

/// A model that knows its columns, ready to answer.
struct TableModel: Sendable {
  let file: ModelFile
  let preprocessing: Preprocessing
  /// What the network gives.
  let outputs: [PredictedOutput]
  private let parameters: LiveParameters
  private let plan: Plan

  /// A model of an open file, which knows how it prepares its columns.
  ///
  /// - Throws: `ModelFileError` when the file contradicts itself.
  init(_ file: ModelFile, preprocessing: Preprocessing) throws {
    self.file = file
    self.preprocessing = preprocessing
    try TableModel.check(file, fits: preprocessing)
    outputs = try file.predictedOutputs(of: file.network)
    parameters = try file.liveParameters(as: .float32)
    plan = try Plan.inference(file.network)
  }

  /// How many sessions fit into what one plan may take.
  var sessionLimit: Int { Plan.largestArena / max(plan.arenaByteCount, 1) }

  /// Memory in which one thread runs the network.
  func session() throws -> Session {
    // The own product gives a row the same bits whatever stands beside it.
    Session(
      plan, parameters: parameters, seed: 0, workers: Workers(threadCount: 1, products: .own))
  }

  /// The inputs and outputs that a file declares in two places must agree.
  static func check(_ file: ModelFile, fits preprocessing: Preprocessing) throws {
    let layouts = preprocessing.inputs
    let inputs = file.network.inputs
    guard layouts.count == inputs.count,
      zip(layouts, inputs).allSatisfy({ layout, input in
        layout.name == input.name && layout.shape == input.shape
          && (layout.vocabularySize != nil) == input.isIndices
      })
    else {
      throw ModelFileError(
        file.name,
        "its columns give the inputs \(layouts.map { "\($0.name) \($0.shape)" }), its network "
          + "takes \(inputs.map { "\($0.name) \($0.shape)" })")
    }
    let counts = file.network.indexCounts
    for layout in layouts {
      guard let needed = layout.vocabularySize, let count = counts[layout.name] else { continue }
      guard needed <= count else {
        throw ModelFileError(
          file.name,
          "the column of its input '\(layout.name)' has \(needed) categories, its network looks up "
            + "\(count)")
      }
    }
    let targets = preprocessing.targets
    guard file.network.outputs.count == targets.count, file.links.count == targets.count else {
      throw ModelFileError(
        file.name,
        "it knows \(targets.count) target(s), its network gives \(file.network.outputs.count) "
          + "output(s)")
    }
    for (index, target) in targets.enumerated() {
      let output = file.network.values[file.network.outputs[index]]
      guard output?.isIndices == false else {
        throw ModelFileError(file.name, "its network gives indices in place of numbers")
      }
      let width = output?.shape.count ?? 0
      guard width == target.outputCount || width == 1 && target.isSingle(file.links[index]) else {
        throw ModelFileError(
          file.name,
          "its target has \(target.outputCount) value(s), its network gives \(width)")
      }
    }
  }
}

extension Preprocessing.Target {
  /// Whether the probability of the second of two classes may stand for both.
  fileprivate func isSingle(_ link: Link) -> Bool {
    if case .classes(let target) = self {
      link == .sigmoid && target.classes.count == 2
    } else {
      false
    }
  }
}

extension EncodedBatch {
  /// The predictions for all rows of the batch, `[rows, …]` with those of all targets beside each
  /// other, valid until the next.
  func predictions(by session: Session, for model: TableModel) -> TensorView {
    let count = rowCount
    let predictions = outputs(width: model.outputs.reduce(0) { $0 + $1.width })
    let inputs = self.inputs
    for start in stride(from: 0, to: count, by: session.plan.capacity) {
      let rows = start..<min(start + session.plan.capacity, count)
      session.forward(count: rows.count, reading: inputs.map { $0.rows(rows) })
      session.takePredictions(model.outputs, count: rows.count, into: predictions.rows(rows))
    }
    return predictions
  }
}
