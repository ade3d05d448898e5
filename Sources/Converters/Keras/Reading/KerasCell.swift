import Formats
import Layers
import Tensors

/// A recurrent layer as a file of Keras describes it.
struct KerasCell {
  /// Which of the cells it is.
  enum Kind { case simple, gru, lstm }

  let kind: Kind
  let units: Int
  let usesBias: Bool
  let returnsSequence: Bool
  let returnsState: Bool
  let goesBackwards: Bool
  let isStateful: Bool
  let givesZerosForMask: Bool
  let dropout: Double
  let recurrentDropout: Double
  /// Of a simple cell.
  let activation: SimpleRecurrent.Function
  /// Of a gated one.
  let resetsAfter: Bool
  let hasUnitForgetBias: Bool
  /// Whether the weights are those of NVIDIA's library.
  let isCuDNN: Bool
  private let kernel: Initializer
  private let recurrent: Initializer

  init(_ use: KerasUse, era: KerasEra, log: inout ConversionLog) throws {
    var options = use.options
    var className = use.layer.className
    let outer = use.options
    if className == "RNN" {
      // A cell as a layer of its own in the options.
      guard let cell = outer.take(["cell"]), let config = cell["config"],
        let name = cell["class_name"]?.text, name.hasSuffix("Cell")
      else { throw outer.error("cell: expected one cell of SimpleRNN, GRU or LSTM") }
      className = String(name.dropLast(4))
      options = KerasOptions(config, subject: "\(outer.subject) cell", file: log.file)
    }
    switch className {
    case "SimpleRNN": kind = .simple
    case "GRU", "CuDNNGRU": kind = .gru
    case "LSTM", "CuDNNLSTM": kind = .lstm
    default:
      throw outer.error("a recurrent layer '\(className.prefix(80))' has no counterpart")
    }
    isCuDNN = className.hasPrefix("CuDNN")
    units = try options.integer("units", "output_dim")
    usesBias = isCuDNN ? true : try options.bool("use_bias", or: true)
    returnsSequence = try outer.bool("return_sequences", or: false)
    returnsState = try outer.bool("return_state", or: false)
    goesBackwards = try outer.bool("go_backwards", or: false)
    isStateful = try outer.bool("stateful", or: false)
    givesZerosForMask = try outer.bool("zero_output_for_mask", or: false)
    try outer.require("time_major", is: false, "steps before examples are not read")
    dropout = try options.number("dropout", "dropout_W", or: 0)
    recurrentDropout = try options.number("recurrent_dropout", "dropout_U", or: 0)
    resetsAfter = isCuDNN ? true : try options.bool("reset_after", or: false)
    hasUnitForgetBias = try options.bool("unit_forget_bias", or: true)
    kernel =
      options.initializer("kernel_initializer", "init", log: &log) ?? .xavierUniform
    recurrent =
      options.initializer("recurrent_initializer", "inner_init", log: &log) ?? .orthogonal
    _ = options.take(["bias_initializer", "forget_bias_init"])
    let function = try options.activation("activation", era: era)?.function
    let gate = options.take(["recurrent_activation", "inner_activation"])
    guard kind != .simple else {
      switch function {
      case .tanh: activation = .tanh
      case .relu: activation = .relu
      default:
        throw options.error(
          "activation", expected: "tanh or relu", found: "'\(function?.rawValue ?? "linear")'")
      }
      return
    }
    activation = .tanh
    if !isCuDNN, function != .tanh {
      throw options.error(
        "activation", expected: "tanh", found: "'\(function?.rawValue ?? "linear")'")
    }
    // Until tf.keras 2 the usual one was a cut line in place of a sigmoid.
    let gateName = gate?.text ?? gate?["class_name"]?.text ?? (isCuDNN ? "sigmoid" : "hard_sigmoid")
    if gateName != "sigmoid" {
      try log.lose(
        "\(options.subject) recurrent_activation",
        "'\(gateName.prefix(80))' has no counterpart; with sigmoid in its place the layer computes "
          + "something else")
    }
  }
}

// MARK: - The layer

extension KerasCell {
  /// The number of values that the state consists of.
  var stateCount: Int { kind == .lstm ? 2 : 1 }

  /// The number of arrays that files of Keras 1 have.
  var oldCount: Int? {
    switch kind {
    case .simple: nil
    case .gru: 9
    case .lstm: 12
    }
  }

  func layer(isMasked: Bool, hasInitialState: Bool) -> any Layer {
    switch kind {
    case .simple:
      var layer = SimpleRecurrent(
        units, returnsSequence: returnsSequence, goesBackwards: goesBackwards, isMasked: isMasked,
        hasInitialState: hasInitialState, usesBias: usesBias, kernelInitializer: kernel,
        recurrentInitializer: recurrent)
      layer.activation = activation
      return layer
    case .gru:
      return GRU(
        units, resetsAfter: resetsAfter, returnsSequence: returnsSequence,
        goesBackwards: goesBackwards, isMasked: isMasked, hasInitialState: hasInitialState,
        usesBias: usesBias, kernelInitializer: kernel, recurrentInitializer: recurrent)
    case .lstm:
      return LSTM(
        units, returnsSequence: returnsSequence, goesBackwards: goesBackwards, isMasked: isMasked,
        hasInitialState: hasInitialState, usesBias: usesBias,
        hasUnitForgetBias: hasUnitForgetBias, kernelInitializer: kernel,
        recurrentInitializer: recurrent)
    }
  }
}

// MARK: - Variables

extension KerasCell {
  private var gateCount: Int {
    switch kind {
    case .simple: 1
    case .gru: 3
    case .lstm: 4
    }
  }

  /// The variables of one direction.
  func variables(
    features: Int, of node: String, prefix: String = "", part: [String], firstIndex: Int
  ) -> [KerasVariable] {
    let width = units * gateCount
    let paths = ["kernel", "recurrent_kernel", "bias", "recurrent_bias"].map {
      "\(node)/\(prefix)\($0)"
    }
    let part = isCuDNN ? Array(part.dropLast()) : part
    let (isCuDNN, gates, units) = (isCuDNN, gateCount, units)
    var variables = [
      KerasVariable(
        name: "\(prefix)kernel", shape: [features, width], part: part, index: firstIndex,
        parameters: { [(paths[0], isCuDNN ? $0.fromCuDNN(gates: gates, isInput: true) : $0)] }),
      KerasVariable(
        name: "\(prefix)recurrent_kernel", shape: [units, width], part: part,
        index: firstIndex + 1,
        parameters: { [(paths[1], isCuDNN ? $0.fromCuDNN(gates: gates, isInput: false) : $0)] }),
    ]
    guard usesBias else { return variables }
    var shape = [width]
    var isMerged = false
    let parameters: @Sendable (Tensor) -> [(path: String, values: Tensor)]
    if kind == .gru, resetsAfter {
      if isCuDNN { shape = [2 * width] } else { shape = [2, width] }
      parameters = { tensor in
        let values: [Float] = tensor.elements()
        return [
          (paths[2], Tensor(values.prefix(width))), (paths[3], Tensor(values.dropFirst(width))),
        ]
      }
    } else if isCuDNN {
      // Two offsets of which the sum counts.
      shape = [2 * width]
      isMerged = true
      parameters = { tensor in
        let values: [Float] = tensor.elements()
        return [(paths[2], Tensor((0..<width).map { values[$0] + values[$0 + width] }))]
      }
    } else {
      parameters = { [(paths[2], $0)] }
    }
    variables.append(
      KerasVariable(
        name: "\(prefix)bias", shape: shape, part: part, index: firstIndex + 2,
        parameters: parameters, isMerged: isMerged))
    return variables
  }

  /// Puts the arrays of Keras 1, one for every gate, together.
  func modernize(_ era: KerasEra) -> (@Sendable ([Tensor]) -> [Tensor])? {
    guard era.major == 1, let oldCount else { return nil }
    // The gates stood in the order input, candidate, forget, output.
    let kernels = kind == .gru ? [0, 3, 6] : [0, 6, 3, 9]
    return { arrays in
      guard arrays.count == oldCount else { return arrays }
      return [
        .columns(of: kernels.map { arrays[$0] }), .columns(of: kernels.map { arrays[$0 + 1] }),
        .joined(kernels.map { arrays[$0 + 2] }),
      ]
    }
  }
}

extension Tensor {
  /// A kernel of NVIDIA's library, of which every gate is transposed.
  fileprivate func fromCuDNN(gates: Int, isInput: Bool) -> Tensor {
    let (rows, columns) = (shape[0], shape[1])
    let width = columns / gates
    let source: [Float] = elements()
    var result = source
    for gate in 0..<gates {
      for row in 0..<rows {
        for column in 0..<width {
          // The gate as rows of `width`, read one after the other, as columns of `rows`.
          let flat = isInput ? column * rows + row : column * width + row
          result[row * columns + gate * width + column] =
            source[flat / width * columns + gate * width + flat % width]
        }
      }
    }
    return Tensor(result, shape: shape)
  }
}
