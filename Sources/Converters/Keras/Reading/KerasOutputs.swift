import Formats
import Layers
import ModelFiles
import Networks
import Training

/// How the outputs of a network become predictions, and with which losses they are trained.
struct KerasOutputs {
  /// One for each output.
  private(set) var links: [Link]
  /// One for each output; nil where the file names no losses that have counterparts.
  private(set) var losses: [OutputLoss]?

  /// Finds the losses, and takes the function behind an output away where the loss here takes what
  /// comes before it.
  ///
  /// - Parameters:
  ///   - names: the layers that give the outputs, as the file names them.
  /// - Throws: ``ConversionError`` for a loss without a counterpart, unless losses are allowed.
  init(
    of architecture: inout KerasArchitecture, named names: [String],
    _ compilation: KerasCompilation?, log: inout ConversionLog
  ) throws {
    links = architecture.network.outputs.map { _ in .identity }
    guard let compilation else { return }
    compilation.reportMeasures(&log)
    guard let described = compilation.losses(of: names) else {
      try log.lose("loss", "expected one for each output: \(names.joined(separator: ", "))")
      return
    }
    var network = architecture.network
    var losses: [OutputLoss] = []
    for (place, json) in described.enumerated() {
      let subject = described.count == 1 ? "loss" : "loss of \(names[place])"
      do throws(KerasLossError) {
        let loss = try KerasLoss(json)
        if let function = loss.function {
          network = try KerasOutputs.taking(
            function, of: place, in: network, loss: loss, name: names[place], log: &log)
          links[place] = loss.loss.link
        }
        losses.append(OutputLoss(loss.loss, weight: compilation.weights(of: names)[place]))
        if let gap = loss.gap {
          log.change(subject, "loss '\(loss.loss.kind)': \(gap)")
        } else {
          log.map(subject, to: "loss '\(loss.loss.kind)'")
        }
      } catch {
        try log.lose(subject, error.problem)
        links = links.map { _ in .identity }
        return
      }
    }
    architecture.network = network
    self.losses = losses
  }

  /// The network without the function behind an output, which is the loss's and the link's.
  private static func taking(
    _ function: ActivationFunction, of place: Int, in network: Network, loss: KerasLoss,
    name: String, log: inout ConversionLog
  ) throws(KerasLossError) -> Network {
    let output = network.outputs[place]
    let subject = "output \(name)"
    if function == .softmax, network.values[output]?.shape.rank != 1 {
      throw KerasLossError(problem: "cross-entropy over the steps of a sequence has no counterpart")
    }
    if loss.takesLogits {
      log.change(subject, "predictions are its \(function.rawValue), where Keras gives the logits")
      return network
    }
    guard let node = network.nodes.first(where: { $0.name == output }),
      (node.layer as? Activation)?.function == function,
      !network.nodes.contains(where: { $0.inputs.contains(output) }),
      !network.inputs.contains(where: { $0.name == node.inputs[0] }),
      !network.outputs.contains(node.inputs[0])
    else {
      throw KerasLossError(
        problem: "a loss of probabilities which no \(function.rawValue) makes has no counterpart")
    }
    var outputs = network.outputs
    outputs[place] = node.inputs[0]
    guard
      let result = try? Network(
        inputs: network.inputs, nodes: network.nodes.filter { $0.name != output },
        outputs: outputs)
    else {
      throw KerasLossError(problem: "the output cannot do without its \(function.rawValue)")
    }
    log.change(
      subject,
      "its \(function.rawValue) is the link of the loss, which takes the logits '\(outputs[place])'"
    )
    return result
  }
}
