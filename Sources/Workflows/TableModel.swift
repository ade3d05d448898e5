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
  let links: [Link]
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
    links = file.links
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
    let targets = model.preprocessing.targets
    let predictions = outputs(width: targets.reduce(0) { $0 + $1.outputCount })
    let inputs = self.inputs
    for start in stride(from: 0, to: count, by: session.plan.capacity) {
      let rows = start..<min(start + session.plan.capacity, count)
      for (index, input) in inputs.enumerated() {
        session.input(index, count: rows.count).copyElements(of: input.rows(rows))
      }
      session.forward(count: rows.count)
      var column = 0
      for (index, target) in targets.enumerated() {
        let outputs = session.output(index, count: rows.count)
        model.links[index].apply(to: outputs, on: session.workers)
        let width = outputs.count / rows.count
        if width != target.outputCount {
          predictions.rows(rows).setBothProbabilities(from: outputs, at: column)
        } else if targets.count == 1 {
          predictions.rows(rows).copyElements(of: outputs)
        } else {
          predictions.rows(rows).setColumns(column, to: outputs, width: width)
        }
        column += target.outputCount
      }
    }
    return predictions
  }
}

extension TensorView {
  /// Takes over the elements of a view of as many elements under another shape.
  func copyElements(of source: TensorView) { reshaped(to: source.shape).copy(from: source) }

  /// Fills two columns from the probability of the second of two classes.
  fileprivate func setBothProbabilities(from outputs: TensorView, at column: Int) {
    let stride = count / shape[0]
    for row in 0..<outputs.count {
      let second = outputs.element(row, as: Float.self)
      setElement(row * stride + column, to: 1 - second)
      setElement(row * stride + column + 1, to: second)
    }
  }

  /// Fills the columns from one on with the rows of another view.
  fileprivate func setColumns(_ column: Int, to outputs: TensorView, width: Int) {
    let stride = count / shape[0]
    for row in 0..<shape[0] {
      for place in 0..<width {
        setElement(
          row * stride + column + place, to: outputs.element(row * width + place, as: Float.self))
      }
    }
  }
}
