import Formats
import Layers
import ModelFiles
import Networks
import Tensors

/// The network of a file of Keras, and which of its variables become which parameters.
struct KerasArchitecture {
  /// The graph; its activations behind an output may become the link of a loss.
  var network: Network
  /// The layers with variables, in the order of the file.
  let leaves: [KerasLeaf]
  /// Parameters whose values are options in the file.
  let given: [String: Tensor]
  /// By parameter, the penalties that the file asks for.
  let penalties: [String: KerasPenalty]

  /// The extents that axes are tried with which the file leaves open: windows must fit into them.
  private static let openExtents = [16, 32, 64, 128, 256]

  /// Builds the network of a file.
  ///
  /// - Throws: ``ConversionError`` naming the layer.
  init(
    _ graph: KerasGraph, era: KerasEra, isCompiled: Bool, log: inout ConversionLog
  ) throws {
    var assumptions = KerasTranslator.Assumptions(indexInputs: graph.inputsOfEmbeddings)
    var failure: (any Error)?
    for extent in KerasArchitecture.openExtents {
      assumptions.openExtent = extent
      let translator: KerasTranslator
      do {
        translator = try KerasArchitecture.translate(
          graph, era: era, isCompiled: isCompiled, assumptions: &assumptions, log: log)
      } catch let error as KerasArchitecture.Failure {
        failure = failure ?? error.error
        guard error.mayFitOtherwise else { throw error.error }
        continue
      }
      (leaves, given, penalties) = (
        translator.orderedLeaves, translator.given, translator.penalties
      )
      network = try translator.network()
      log = translator.log
      if translator.hasOpenAxes {
        log.change("model", "axes of any extent have the usual extent \(extent), for planning")
      }
      return
    }
    throw failure ?? log.error("model", "it has no layers")
  }

  private struct Failure: Error {
    let error: any Error
    let mayFitOtherwise: Bool
  }

  /// Builds until it is known which inputs are indices.
  private static func translate(
    _ graph: KerasGraph, era: KerasEra, isCompiled: Bool,
    assumptions: inout KerasTranslator.Assumptions, log: ConversionLog
  ) throws -> KerasTranslator {
    for _ in 0..<KerasArchitecture.attemptLimit {
      let translator = KerasTranslator(
        file: log.file, era: era, isCompiled: isCompiled, assumptions: assumptions, log: log)
      do {
        try translator.addAll(of: graph)
        _ = try translator.network()
        return translator
      } catch let error as KerasTranslator.TakesIndices {
        // Each input once, or something takes it as numbers after all.
        guard assumptions.indexInputs.insert(error.input).inserted else {
          throw log.error("input \(error.input)", "it is indices and numbers at once")
        }
      } catch {
        throw Failure(error: error, mayFitOtherwise: translator.hasOpenAxes)
      }
    }
    throw log.error("model", "too many inputs turn out to be indices")
  }

  /// How often building begins anew: once for every input that an embedding takes through another layer.
  private static let attemptLimit = 64
}

extension KerasGraph {
  /// The inputs that an embedding takes as they come in.
  fileprivate var inputsOfEmbeddings: Set<String> {
    let embeddings = layers.filter { $0.className == "Embedding" }
    let taken = Set(embeddings.flatMap { $0.calls.flatMap(\.references).map(\.layer) })
    return Set(inputs.map(\.layer)).intersection(taken)
  }
}

extension KerasTranslator {
  /// Adds a whole model. What comes out is in the order of the file.
  fileprivate func addAll(of graph: KerasGraph) throws {
    let values = try translate(graph, in: KerasTranslator.Scope())
    outputs = try values.enumerated().map { number, value in
      let name = "output_\(number + 1)"
      let layer = KerasLayer(
        className: "Output", name: name, options: .object(KerasObject()), calls: [], model: nil,
        build: nil)
      return try unmoved(
        value,
        KerasUse(
          layer: layer, options: KerasOptions(layer.options, subject: name, file: file),
          inputs: [value], named: [:], constants: [:],
          call: KerasCall(arguments: [], keywords: []), base: name, position: [], place: [],
          top: name, label: name, isTrainable: true, isFirst: true))
    }
  }

  /// The variables' layers in the order of the file.
  var orderedLeaves: [KerasLeaf] {
    leaves.sorted { $0.position.lexicographicallyPrecedes($1.position) }
  }

  /// The network of what was added, without what leads to no output.
  func network() throws -> Network {
    var used = Set(outputs.map(\.name))
    for node in nodes.reversed() where used.contains(node.name) { used.formUnion(node.inputs) }
    // A tied parameter needs its owner, even where that one leads nowhere.
    let kept = nodes.filter { used.contains($0.name) }
    return try wording("model") {
      try Network(inputs: inputs, nodes: kept, outputs: outputs.map(\.name))
    }
  }
}
