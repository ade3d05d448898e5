import Kernels
import Tensors

/// A recurrent layer that takes a sequence forwards, and another that takes it backwards, put together
/// (Schuster and Paliwal, 1997).
///
/// As Keras' `Bidirectional`: of sequences the backward one is put in the order of the input first, and
/// steps that a mask leaves out give 0.
///
/// - Input: `[time, features]`, and where the layer is masked a mask `[time]`.
/// - Output: `[2 · units]` or `[time, 2 · units]`, forward first; `units` where they are not concatenated.
/// - Parameters: those of the layer with `forward_` before their names, then with `backward_`.
public struct Bidirectional: Layer {
  public static let kind = "bidirectional"
  public static var defaults: Bidirectional { Bidirectional(LSTM(1)) }
  public static var inputCount: ClosedRange<Int> { 1...2 }
  public static var neededOptions: [String] { ["layer"] }

  /// How the two outputs become one.
  public enum Merge: String, Codable, Hashable, Sendable {
    case concatenate, sum, average, multiply
  }

  /// The layer that is there twice; it goes forwards and has no initial state.
  public var layer: any Layer

  /// How the two outputs become one; concatenate.
  public var merge: Merge

  /// A recurrent layer in both directions.
  ///
  /// - Parameters:
  ///   - layer: ``SimpleRecurrent``, ``GRU`` or ``LSTM``.
  ///   - merge: what becomes of the two results; ``Merge/concatenate``, as Keras.
  public init(_ layer: any Layer, merge: Merge = .concatenate) {
    self.layer = layer
    self.merge = merge
  }

  public var memoryUse: LayerMemoryUse { LayerMemoryUse(backwardReads: .inputs) }

  /// The two passes; nil where the layer is none that can be taken in two directions.
  private var cores: Cores? {
    guard var core = (layer as? any RecurrentLayer)?.core, !core.goesBackwards,
      !core.hasInitialState
    else { return nil }
    core.givesZerosForMask = true
    var backward = core
    backward.goesBackwards = true
    backward.alignsOutput = true
    return Cores(forward: core, backward: backward)
  }

  private struct Cores: Sendable {
    let forward: RecurrentCore
    let backward: RecurrentCore
  }

  public func prepared(for inputs: [ValueSpec]) -> (any Sendable)? { cores }

  public func output(for inputs: [ValueSpec]) throws -> ValueSpec {
    guard let cores else {
      throw LayerError.option(
        name: "layer", expected: "a recurrent layer that goes forwards, without an initial state",
        found: layer.kind)
    }
    let output = try cores.forward.output(for: inputs)
    guard merge == .concatenate else { return output }
    let width = try Shape(checking: [output.shape.last, 2]).count
    return ValueSpec(try Shape(checking: output.shape.dimensions.dropLast() + [width]))
  }

  public func parameters(for inputs: [ValueSpec]) -> [ParameterSpec] {
    guard let cores else { return [] }
    return cores.forward.parameters(for: inputs, prefix: "forward_")
      + cores.backward.parameters(for: inputs, prefix: "backward_")
  }

  public func scratch(for inputs: [ValueSpec]) -> [ScratchSpec] {
    guard let cores, let output = try? cores.forward.output(for: inputs) else { return [] }
    let once = cores.forward.scratch(for: inputs)
    // The two outputs, and in backward their gradients.
    let outputs = Array(repeating: ScratchSpec(output.shape, isPerExample: true), count: 4)
    return once + once + outputs
  }
}

// MARK: - Running

extension Bidirectional {
  private func passes(_ pass: ForwardPass) -> (forward: RecurrentPass, backward: RecurrentPass)? {
    guard let cores = pass.prepared as? Cores else { return nil }
    let parameterCount = pass.parameters.count / 2
    let scratchCount = (pass.scratch.count - 4) / 2
    return (
      RecurrentPass(
        core: cores.forward, inputs: pass.inputs, parameters: pass.parameters[..<parameterCount],
        scratch: pass.scratch[..<scratchCount], workers: pass.workers),
      RecurrentPass(
        core: cores.backward, inputs: pass.inputs, parameters: pass.parameters[parameterCount...],
        scratch: pass.scratch[scratchCount..<2 * scratchCount], workers: pass.workers)
    )
  }

  public func forward(_ pass: ForwardPass) {
    guard let passes = passes(pass) else { return }
    let first = pass.scratch[pass.scratch.count - 4]
    let second = pass.scratch[pass.scratch.count - 3]
    passes.forward.forward(into: first)
    passes.backward.forward(into: second)
    switch merge {
    case .concatenate:
      let (rows, units) = (first.asRows, first.shape.last)
      Kernels.copyColumns(of: rows, from: 0, count: units, into: pass.output.asRows, at: 0)
      Kernels.copyColumns(
        of: second.asRows, from: 0, count: units, into: pass.output.asRows, at: units)
    case .sum, .average:
      pass.output.copy(from: first)
      Kernels.add(second, to: pass.output, on: pass.workers)
      if merge == .average { Kernels.scale(pass.output, by: 0.5, on: pass.workers) }
    case .multiply:
      Kernels.multiplyElements(first, by: second, into: pass.output, on: pass.workers)
    }
  }

  public func backward(_ pass: BackwardPass) {
    guard let passes = passes(pass.forward) else { return }
    let scratch = pass.forward.scratch
    let (first, second) = (scratch[scratch.count - 4], scratch[scratch.count - 3])
    let (dFirst, dSecond) = (scratch[scratch.count - 2], scratch[scratch.count - 1])
    let dy = pass.outputGradient
    switch merge {
    case .concatenate:
      let units = first.shape.last
      Kernels.copyColumns(of: dy.asRows, from: 0, count: units, into: dFirst.asRows, at: 0)
      Kernels.copyColumns(of: dy.asRows, from: units, count: units, into: dSecond.asRows, at: 0)
    case .sum, .average:
      dFirst.copy(from: dy)
      if merge == .average { Kernels.scale(dFirst, by: 0.5, on: pass.workers) }
      dSecond.copy(from: dFirst)
    case .multiply:
      Kernels.multiplyElements(dy, by: second, into: dFirst, on: pass.workers)
      Kernels.multiplyElements(dy, by: first, into: dSecond, on: pass.workers)
    }
    let parameterCount = pass.parameterGradients.count / 2
    passes.forward.backward(
      outputGradient: dFirst, inputGradients: pass.inputGradients,
      parameterGradients: pass.parameterGradients[..<parameterCount])
    passes.backward.backward(
      outputGradient: dSecond, inputGradients: pass.inputGradients,
      parameterGradients: pass.parameterGradients[parameterCount...],
      addingThrough: passes.forward.inputSteps)
  }
}

// MARK: - Storing

extension Bidirectional: Codable {
  private enum CodingKeys: String, CodingKey { case layer, merge }
  private enum LayerKeys: String, CodingKey { case kind, options }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    merge = try container.decode(Merge.self, forKey: .merge)
    let inner = try container.nestedContainer(keyedBy: LayerKeys.self, forKey: .layer)
    let name = try inner.decode(String.self, forKey: .kind)
    // None of them holds another layer: a file cannot nest without end.
    switch name {
    case SimpleRecurrent.kind: layer = try inner.decode(SimpleRecurrent.self, forKey: .options)
    case GRU.kind: layer = try inner.decode(GRU.self, forKey: .options)
    case LSTM.kind: layer = try inner.decode(LSTM.self, forKey: .options)
    default:
      throw DecodingError.dataCorruptedError(
        forKey: .kind, in: inner,
        debugDescription: "expected simple_recurrent, gru or lstm, found '\(name)'")
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    var inner = container.nestedContainer(keyedBy: LayerKeys.self, forKey: .layer)
    try inner.encode(layer.kind, forKey: .kind)
    try layer.encode(to: inner.superEncoder(forKey: .options))
    try container.encode(merge, forKey: .merge)
  }
}

extension Bidirectional: Hashable {
  public static func == (left: Bidirectional, right: Bidirectional) -> Bool {
    left.merge == right.merge && AnyHashable(left.layer) == AnyHashable(right.layer)
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(merge)
    hasher.combine(AnyHashable(layer))
  }
}
