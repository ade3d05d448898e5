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
  let link: Link
  private let parameters: LiveParameters
  private let plan: Plan

  /// How many rows go through the network at a time: few enough to stay in the cache.
  private static let chunk = 256

  /// Opens a model file.
  ///
  /// - Parameter verifies: whether all of it is compared with its digests first.
  /// - Throws: `ModelFileError` when it is no model of tables.
  init(_ path: String, verifies: Bool = false) throws {
    file = try ModelFile(reading: path)
    if verifies { try file.checkDigests() }
    guard let preprocessing = file.preprocessing else {
      throw ModelFileError(path, "knows no columns, so that no table can be read for it")
    }
    self.preprocessing = preprocessing
    link = file.link
    try TableModel.check(file, fits: preprocessing)
    parameters = try file.liveParameters(as: .float32)
    plan = try Plan(file.network, mode: .inference, capacity: TableModel.chunk)
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
  private static func check(_ file: ModelFile, fits preprocessing: Preprocessing) throws {
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
    let output = file.network.outputs.first.flatMap { file.network.values[$0] }
    guard output?.isIndices == false else {
      throw ModelFileError(file.name, "its network gives indices in place of numbers")
    }
    let width = output?.shape.count ?? 0
    let isSingle = file.link == .sigmoid && preprocessing.outputCount == 2 && width == 1
    guard width == preprocessing.outputCount || isSingle, file.network.outputs.count == 1 else {
      throw ModelFileError(
        file.name,
        "its target has \(preprocessing.outputCount) value(s), its network gives \(width)")
    }
  }
}

extension EncodedBatch {
  /// The predictions for all rows of the batch: [rows, classes] or [rows, 1], valid until the next.
  func predictions(by session: Session, link: Link) -> TensorView {
    let count = rowCount
    let isSingle = link == .sigmoid && session.outputWidth == 1
    let predictions = outputs(width: isSingle ? 2 : session.outputWidth)
    let inputs = self.inputs
    for start in stride(from: 0, to: count, by: session.plan.capacity) {
      let rows = start..<min(start + session.plan.capacity, count)
      for (index, input) in inputs.enumerated() {
        session.input(index, count: rows.count).copyElements(of: input.rows(rows))
      }
      session.forward(count: rows.count)
      let outputs = session.output(count: rows.count)
      link.apply(to: outputs, on: session.workers)
      if isSingle {
        predictions.rows(rows).setBothProbabilities(from: outputs)
      } else {
        predictions.rows(rows).copyElements(of: outputs)
      }
    }
    return predictions
  }
}

extension Session {
  /// The number of values that the network gives for a row.
  var outputWidth: Int { output(count: 1).count }
}

extension TensorView {
  /// Takes over the elements of a view of as many elements under another shape.
  func copyElements(of source: TensorView) { reshaped(to: source.shape).copy(from: source) }

  /// Fills two columns from the probability of the second of two classes.
  fileprivate func setBothProbabilities(from outputs: TensorView) {
    for row in 0..<outputs.count {
      let second = outputs.element(row, as: Float.self)
      setElement(2 * row, to: 1 - second)
      setElement(2 * row + 1, to: second)
    }
  }
}
