import Layers
import Tensors

/// A recurrent layer of Keras, which may stand alone or in both directions.
protocol KerasRecurrent: KerasWritable {
  var isMasked: Bool { get }
  var hasInitialState: Bool { get }
  /// Its class in Keras.
  var kerasClass: String { get }
  /// Its options in Keras.
  func kerasOptions(_ penalties: WrittenKerasPenalties) -> [WrittenKerasValue.Member]
  /// The variables of its cell.
  ///
  /// - Parameters:
  ///   - prefix: what the names of parameters begin with.
  ///   - holder: where its cell is.
  ///   - path: what the variables' paths in older files begin with.
  func kerasVariables(
    _ site: WrittenKerasSite, prefix: String, holder: String, path: String
  ) -> [WrittenKerasVariable]
}

extension KerasRecurrent {
  func kerasMaskPlace(among inputCount: Int) -> Int? { isMasked ? 1 : nil }

  func write(at site: WrittenKerasSite, to graph: inout WrittenKerasGraph) throws
    -> WrittenKerasTensor
  {
    site.add(
      kerasClass, kerasOptions(site.penalties),
      variables: kerasVariables(site, prefix: "", holder: "cell", path: "\(kerasCell)/"),
      keywords: site.recurrentKeywords(
        isMasked: isMasked, hasInitialState: hasInitialState, in: &graph), in: &graph)
  }

  fileprivate var kerasCell: String {
    kerasClass == "SimpleRNN" ? "simple_rnn_cell" : "\(kerasClass.lowercased())_cell"
  }
}

extension WrittenKerasSite {
  /// The mask and the initial state of a recurrent layer, which Keras takes by name.
  fileprivate func recurrentKeywords(
    isMasked: Bool, hasInitialState: Bool, in graph: inout WrittenKerasGraph
  ) -> [(name: String, argument: WrittenKerasArgument)] {
    var keywords: [(name: String, argument: WrittenKerasArgument)] = []
    if isMasked { keywords.append(("mask", .tensor(graph.mask(inputs[1])))) }
    if hasInitialState {
      let states = inputs[(isMasked ? 2 : 1)...].map { WrittenKerasArgument.tensor($0) }
      keywords.append(("initial_state", states.count == 1 ? states[0] : .list(states)))
    }
    return keywords
  }
}

/// The options that all recurrent layers of Keras have.
private func recurrentOptions(
  units: Int, returnsSequence: Bool, goesBackwards: Bool, usesBias: Bool, kernel: Initializer,
  recurrent: Initializer, penalties: WrittenKerasPenalties
) -> [WrittenKerasValue.Member] {
  [
    .init("return_sequences", .truth(returnsSequence)), .init("return_state", false),
    .init("go_backwards", .truth(goesBackwards)), .init("stateful", false),
    .init("unroll", false), .init("units", .integer(units)),
    .init("use_bias", .truth(usesBias)), .init("kernel_initializer", kernel.keras),
    .init("recurrent_initializer", recurrent.keras),
    .init("kernel_regularizer", penalties.regularizer(.kernel)),
    .init("recurrent_regularizer", penalties.regularizer(.kernel)),
    .init("bias_regularizer", penalties.regularizer(.bias)), .init("dropout", 0.0),
    .init("recurrent_dropout", 0.0), .init("seed", nil),
  ]
}

/// The kernels of a cell and its bias, of one parameter or two beside each other.
private func recurrentVariables(
  _ site: WrittenKerasSite, prefix: String, holder: String, path: String, bias: [String],
  biasShape: [Int]? = nil
) -> [WrittenKerasVariable] {
  [
    site.variable("\(prefix)kernel", as: "\(path)kernel", in: holder),
    site.variable("\(prefix)recurrent_kernel", as: "\(path)recurrent_kernel", in: holder),
    site.variable(bias.map { prefix + $0 }, as: "\(path)bias", in: holder, shape: biasShape),
  ].compactMap { $0 }
}

extension SimpleRecurrent: KerasRecurrent {
  var kerasClass: String { "SimpleRNN" }

  func kerasOptions(_ penalties: WrittenKerasPenalties) -> [WrittenKerasValue.Member] {
    recurrentOptions(
      units: units, returnsSequence: returnsSequence, goesBackwards: goesBackwards,
      usesBias: usesBias, kernel: kernelInitializer, recurrent: recurrentInitializer,
      penalties: penalties) + [.init("activation", .text(activation.rawValue))]
  }

  func kerasVariables(
    _ site: WrittenKerasSite, prefix: String, holder: String, path: String
  ) -> [WrittenKerasVariable] {
    recurrentVariables(site, prefix: prefix, holder: holder, path: path, bias: ["bias"])
  }
}

extension GRU: KerasRecurrent {
  var kerasClass: String { "GRU" }

  func kerasOptions(_ penalties: WrittenKerasPenalties) -> [WrittenKerasValue.Member] {
    recurrentOptions(
      units: units, returnsSequence: returnsSequence, goesBackwards: goesBackwards,
      usesBias: usesBias, kernel: kernelInitializer, recurrent: recurrentInitializer,
      penalties: penalties) + [
        .init("activation", "tanh"), .init("recurrent_activation", "sigmoid"),
        .init("reset_after", .truth(resetsAfter)),
      ]
  }

  func kerasVariables(
    _ site: WrittenKerasSite, prefix: String, holder: String, path: String
  ) -> [WrittenKerasVariable] {
    // With the reset after the product Keras has both biases in one variable.
    recurrentVariables(
      site, prefix: prefix, holder: holder, path: path,
      bias: resetsAfter ? ["bias", "recurrent_bias"] : ["bias"],
      biasShape: resetsAfter ? [2, 3 * units] : nil)
  }
}

extension LSTM: KerasRecurrent {
  var kerasClass: String { "LSTM" }

  func kerasOptions(_ penalties: WrittenKerasPenalties) -> [WrittenKerasValue.Member] {
    recurrentOptions(
      units: units, returnsSequence: returnsSequence, goesBackwards: goesBackwards,
      usesBias: usesBias, kernel: kernelInitializer, recurrent: recurrentInitializer,
      penalties: penalties) + [
        .init("activation", "tanh"), .init("recurrent_activation", "sigmoid"),
        .init("unit_forget_bias", .truth(hasUnitForgetBias)),
      ]
  }

  func kerasVariables(
    _ site: WrittenKerasSite, prefix: String, holder: String, path: String
  ) -> [WrittenKerasVariable] {
    recurrentVariables(site, prefix: prefix, holder: holder, path: path, bias: ["bias"])
  }
}

extension Bidirectional: KerasWritable {
  func kerasMaskPlace(among inputCount: Int) -> Int? { inputCount > 1 ? 1 : nil }

  func write(at site: WrittenKerasSite, to graph: inout WrittenKerasGraph) throws
    -> WrittenKerasTensor
  {
    guard let inner = layer as? any KerasRecurrent else {
      throw graph.log.error(site.subject, "its layer '\(layer.kind)' is not known")
    }
    var variables: [WrittenKerasVariable] = []
    var layers: [WrittenKerasValue] = []
    for direction in ["forward", "backward"] {
      let name = "\(direction)_\(site.name)"
      let options = inner.kerasOptions(site.penalties).map { option in
        option.name == "go_backwards"
          ? WrittenKerasValue.Member(option.name, .truth(direction == "backward")) : option
      }
      layers.append(
        .keras(
          WrittenKerasLayer.layers, inner.kerasClass,
          [.init("name", .text(name)), .init("trainable", true), .init("dtype", "float32")]
            + options))
      variables += inner.kerasVariables(
        site, prefix: "\(direction)_", holder: "\(direction)_layer/cell",
        path: "\(name)/\(inner.kerasCell)/")
    }
    return site.add(
      "Bidirectional",
      [
        .init("merge_mode", .text(kerasMerge)), .init("layer", layers[0]),
        .init("backward_layer", layers[1]),
      ], variables: variables,
      keywords: site.recurrentKeywords(
        isMasked: inner.isMasked, hasInitialState: false, in: &graph), in: &graph)
  }

  private var kerasMerge: String {
    switch merge {
    case .concatenate: "concat"
    case .sum: "sum"
    case .average: "ave"
    case .multiply: "mul"
    }
  }
}
