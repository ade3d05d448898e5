import Formats

/// A model of Keras as its file describes it: layers, and where each takes its inputs from.
struct KerasGraph {
  /// The model's name.
  let name: String
  /// Whether its layers may be trained.
  let isTrainable: Bool
  /// The layers in the order of the file.
  let layers: [KerasLayer]
  /// The inputs of the model in order; empty for a chain of layers.
  let inputs: [KerasReference]
  /// The outputs of the model in order; empty for a chain of layers.
  let outputs: [KerasReference]
  /// Whether the layers are a chain, each of which takes what the one before it gives.
  let isChain: Bool
  /// The shape of the input of a chain, batch axis among it, where the file tells.
  let inputShape: KerasJSON?
}

/// A layer of a model.
struct KerasLayer {
  /// The name of its class, as `Conv2D`.
  let className: String
  /// Whether it is no layer but an operation, as `x + y` is one.
  var isOperation = false
  /// Its name in the model.
  let name: String
  /// Its options.
  let options: KerasJSON
  /// Its calls in order; of a layer of a chain none.
  let calls: [KerasCall]
  /// The model that it is, where it is one.
  let model: KerasGraph?
  /// The shapes for which it was built, where the file tells.
  let build: KerasJSON?
}

/// One call of a layer.
struct KerasCall {
  /// What is given by place.
  var arguments: [KerasArgument]
  /// What is given by name.
  var keywords: [(name: String, argument: KerasArgument)]

  /// Every tensor that the call takes, in order.
  var references: [KerasReference] {
    arguments.flatMap(\.references) + keywords.flatMap(\.argument.references)
  }
}

/// What a call is given.
indirect enum KerasArgument {
  case tensor(KerasReference)
  case list([KerasArgument])
  case constant(KerasJSON)

  var references: [KerasReference] {
    switch self {
    case .tensor(let reference): [reference]
    case .list(let items): items.flatMap(\.references)
    case .constant: []
    }
  }
}

/// An output of a call of a layer.
struct KerasReference: Hashable {
  let layer: String
  let call: Int
  let output: Int
}

// MARK: - Reading

extension KerasGraph {
  /// The names of classes that are models.
  static let modelClasses: Set<String> = ["Sequential", "Functional", "Model"]

  /// How deep models may lie in each other.
  private static let depthLimit = 16

  /// The model that a file describes.
  ///
  /// - Throws: ``ConversionError`` naming the layer.
  init(_ json: KerasJSON, file: String, depth: Int = 0) throws(ConversionError) {
    func error(_ subject: String?, _ problem: String) -> ConversionError {
      ConversionError(file, subject, problem)
    }
    guard let className = json["class_name"]?.text else {
      throw error(nil, "expected a description of a model, found \(json)")
    }
    guard KerasGraph.modelClasses.contains(className) else {
      throw error(
        "model", "class '\(className)' is not of Keras itself; expected Sequential or Functional")
    }
    guard depth < KerasGraph.depthLimit else {
      throw error("model", "expected at most \(KerasGraph.depthLimit) models in each other")
    }
    isChain = className == "Sequential"
    guard let config = json["config"] else { throw error("model", "it has no 'config'") }
    // Until Keras 2.2.3 a chain was a list of its layers.
    guard let list = config.list ?? config["layers"]?.list else {
      throw error(
        "model", "its layers are not described; a subclassed model keeps its graph in its program")
    }
    guard list.count <= KerasGraph.layerLimit else {
      throw error("model", "expected at most \(KerasGraph.layerLimit) layers, found \(list.count)")
    }
    name = config["name"]?.text ?? json["name"]?.text ?? "model"
    isTrainable = config["trainable"]?.bool ?? true
    inputShape =
      config["build_input_shape"] ?? json["build_config"]?["input_shape"]
    var layers: [KerasLayer] = []
    for item in list {
      layers.append(try KerasLayer(item, number: layers.count, file: file, depth: depth))
    }
    self.layers = layers
    inputs = try isChain ? [] : KerasGraph.references(config["input_layers"], "inputs", file)
    outputs = try isChain ? [] : KerasGraph.references(config["output_layers"], "outputs", file)
    var names: Set<String> = []
    for layer in layers where !names.insert(layer.name).inserted {
      throw error("layer \(layer.name)", "two layers have this name")
    }
  }

  /// The most layers of one model.
  private static let layerLimit = 1 << 14

  /// The tensors of a list: `["a", 0, 0]` alone, several of them, or several by name.
  private static func references(
    _ json: KerasJSON?, _ subject: String, _ file: String
  ) throws(ConversionError) -> [KerasReference] {
    guard let json else { throw ConversionError(file, "model", "it does not name its \(subject)") }
    if let reference = KerasReference(json) { return [reference] }
    var items = json.list ?? []
    if let object = json.object { items = object.names.compactMap { object[$0] } }
    var references: [KerasReference] = []
    for item in items {
      if let reference = KerasReference(item) {
        references.append(reference)
      } else if item.list?.first?.list != nil || item.object != nil {
        references += try self.references(item, subject, file)
      } else {
        throw ConversionError(
          file, "model", "\(subject): expected a layer, a call and an output, found \(item)")
      }
    }
    guard !references.isEmpty else {
      throw ConversionError(file, "model", "it has no \(subject)")
    }
    return references
  }
}

extension KerasReference {
  /// `["dense", 0, 0]`; nil for all else.
  init?(_ json: KerasJSON) {
    guard let items = json.list, items.count >= 3, let layer = items[0].text,
      let call = items[1].integer, let output = items[2].integer
    else { return nil }
    self.init(layer: layer, call: call, output: output)
  }
}

extension KerasLayer {
  /// - Parameter number: its place in the model, for one that has no name.
  init(
    _ json: KerasJSON, number: Int, file: String, depth: Int
  ) throws(ConversionError) {
    guard let className = json["class_name"]?.text else {
      throw ConversionError(
        file, "layer \(number)", "expected the description of a layer, found \(json)")
    }
    let options = json["config"] ?? .object(KerasObject())
    let name = json["name"]?.text ?? options["name"]?.text ?? "\(className)_\(number)"
    // A class of somebody's own has a name of two parts, as `package>Name`.
    if let registered = json["registered_name"]?.text, registered != className,
      registered.contains(">")
    {
      throw ConversionError(
        file, "layer \(name)",
        "class '\(registered)' is not of Keras itself; rebuild the layer of layers of Keras")
    }
    self.className = className
    isOperation = KerasLayer.isOperation(json, className: className, options: options)
    self.name = name
    self.options = options
    build = json["build_config"]
    model =
      KerasGraph.modelClasses.contains(className)
      ? try KerasGraph(json, file: file, depth: depth + 1) : nil
    var calls: [KerasCall] = []
    for node in json["inbound_nodes"]?.list ?? [] {
      calls.append(try KerasCall(node, of: name, file: file))
    }
    self.calls = calls
  }
}

extension KerasLayer {
  /// Whether a description is one of an operation. In `.h5` nothing says so; but layers say whether they
  /// are trainable, and operations have calls of today's form.
  private static func isOperation(
    _ json: KerasJSON, className: String, options: KerasJSON
  ) -> Bool {
    if className == "TFOpLambda" { return true }
    if let module = json["module"]?.text { return module.contains(".ops.") }
    return options["trainable"] == nil && options["dtype"] == nil
      && json["inbound_nodes"]?.list?.first?.object != nil
  }
}

extension KerasCall {
  /// A call in either form: `{"args": …, "kwargs": …}`, or `[["a", 0, 0, {…}], …]` until Keras 3.
  init(_ json: KerasJSON, of layer: String, file: String) throws(ConversionError) {
    if json.object != nil {
      arguments = (json["args"]?.list ?? []).map(KerasArgument.init(_:))
      keywords =
        (json["kwargs"]?.object).map { object in
          object.names.map { ($0, KerasArgument(object[$0] ?? .null)) }
        } ?? []
      return
    }
    arguments = []
    keywords = []
    // One tensor alone has been written without the list around it.
    let items = KerasReference(json) == nil ? json.list ?? [] : [json]
    for item in items {
      guard let reference = KerasReference(item) else {
        throw ConversionError(
          file, "layer \(layer)", "expected a layer, a call and an output, found \(item)")
      }
      arguments.append(.tensor(reference))
      if let extra = item.list, extra.count > 3, let object = extra[3].object {
        keywords += object.names.map { ($0, KerasArgument(legacy: object[$0] ?? .null)) }
      }
    }
    // Layers that merge take one list of tensors.
    if arguments.count > 1 { arguments = [.list(arguments)] }
  }
}

extension KerasArgument {
  /// As Keras 3 writes it: tensors are objects that name themselves.
  init(_ json: KerasJSON) {
    if json["class_name"]?.text == "__keras_tensor__",
      let reference = json["config"]?["keras_history"].flatMap(KerasReference.init(_:))
    {
      self = .tensor(reference)
    } else if json["class_name"]?.text == "__tuple__", let items = json["items"]?.list {
      self = .list(items.map(KerasArgument.init(_:)))
    } else if let items = json.list, !items.isEmpty {
      self = .list(items.map(KerasArgument.init(_:)))
    } else {
      self = .constant(json)
    }
  }

  /// As Keras 2 writes it: tensors are lists of a name and two numbers.
  init(legacy json: KerasJSON) {
    if let reference = KerasReference(json) {
      self = .tensor(reference)
    } else if let items = json.list, !items.isEmpty {
      self = .list(items.map(KerasArgument.init(legacy:)))
    } else {
      self = .constant(json)
    }
  }
}
