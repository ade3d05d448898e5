import Layers

/// A graph as Keras' configuration of a model: `Sequential` for a chain, else `Functional`.
extension WrittenKerasGraph {
  /// The configuration, without what compiling adds.
  ///
  /// - Parameters:
  ///   - name: the name of the model.
  ///   - order: ``order``.
  func configuration(name: String, order: [Int]) -> [WrittenKerasValue.Member] {
    if let chain {
      let shape = shape(of: inputs[0])
      return [
        .init("module", "keras"), .init("class_name", "Sequential"),
        .init(
          "config",
          [
            "name": .text(name), "trainable": true, "dtype": "float32",
            "layers": .list(chain.map { .object(description(of: layers[$0])) }),
            "build_input_shape": shape,
          ]),
        .init("registered_name", nil), .init("build_config", ["input_shape": shape]),
      ]
    }
    return [
      .init("module", "keras.src.models.functional"), .init("class_name", "Functional"),
      .init(
        "config",
        [
          "name": .text(name), "trainable": true,
          "layers": .list(order.map { connected($0) }),
          "input_layers": history(of: inputs), "output_layers": history(of: outputs),
        ]),
      .init("registered_name", "Functional"),
    ]
  }

  /// The layers one behind the other, where there is one input, one output, and nothing beside.
  private var chain: [Int]? {
    guard inputs.count == 1, outputs.count == 1, layers.count > 1,
      outputs[0].layer == layers.count - 1
    else { return nil }
    for (index, layer) in layers.enumerated().dropFirst() {
      guard !layer.isOperation, layer.calls.count == 1, layer.calls[0].keywords.isEmpty,
        layer.calls[0].arguments.count == 1,
        case .tensor(let tensor) = layer.calls[0].arguments[0], tensor.layer == index - 1
      else { return nil }
    }
    return Array(layers.indices)
  }

  private func description(of layer: WrittenKerasLayer) -> [WrittenKerasValue.Member] {
    var options: [WrittenKerasValue.Member] = [.init("name", .text(layer.name))]
    if !layer.isOperation, layer.className != "InputLayer" {
      if !layer.isUntrained, !layer.options.contains(where: { $0.name == "trainable" }) {
        options.append(.init("trainable", true))
      }
      options.append(.init("dtype", "float32"))
    }
    return [
      .init("module", .text(layer.module)), .init("class_name", .text(layer.className)),
      .init("config", .object(options + layer.options)),
      .init("registered_name", layer.isOperation ? .text(layer.className) : nil),
    ]
  }

  private func connected(_ place: Int) -> WrittenKerasValue {
    let layer = layers[place]
    let calls = layer.className == "InputLayer" ? [] : layer.calls
    return .object(
      description(of: layer) + [
        .init("name", .text(layer.name)),
        .init(
          "inbound_nodes",
          .list(
            calls.map { call in
              [
                "args": .list(call.arguments.map(value)),
                "kwargs": .object(call.keywords.map { .init($0.name, value($0.argument)) }),
              ]
            })),
      ])
  }

  private func value(_ argument: WrittenKerasArgument) -> WrittenKerasValue {
    switch argument {
    case .value(let value): value
    case .list(let arguments): .list(arguments.map(value))
    case .tensor(let tensor):
      [
        "class_name": "__keras_tensor__",
        "config": [
          "shape": shape(of: tensor), "dtype": .text(tensor.elementType),
          "keras_history": history(of: tensor),
        ],
      ]
    }
  }

  private func shape(of tensor: WrittenKerasTensor) -> WrittenKerasValue {
    .list([.null] + tensor.shape.map { $0.map { .integer($0) } ?? .null })
  }

  private func history(of tensor: WrittenKerasTensor) -> WrittenKerasValue {
    [.text(layers[tensor.layer].name), .integer(tensor.call), 0]
  }

  private func history(of tensors: [WrittenKerasTensor]) -> WrittenKerasValue {
    tensors.count == 1 ? history(of: tensors[0]) : .list(tensors.map { history(of: $0) })
  }
}
