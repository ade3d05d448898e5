import Tensors

/// A model of Keras under construction: layers, and what each of them takes.
struct WrittenKerasGraph {
  /// All layers, inputs among them, in the order in which they were added.
  private(set) var layers: [WrittenKerasLayer] = []

  /// The inputs.
  private(set) var inputs: [WrittenKerasTensor] = []

  /// The outputs.
  var outputs: [WrittenKerasTensor] = []

  /// What became of everything.
  var log: ConversionLog

  private var places: [String: Int] = [:]
  /// By tensor the truth values that were made of it.
  private var masks: [WrittenKerasTensor: WrittenKerasTensor] = [:]
  /// By tensor of truth values the numbers that were made of it.
  private var casts: [WrittenKerasTensor: WrittenKerasTensor] = [:]
  private let reserved: Set<String>

  /// A graph without layers.
  ///
  /// - Parameter reserved: names that layers will have which are there for themselves, and that no
  ///   other layer gets.
  init(reserving reserved: Set<String>, log: ConversionLog) {
    self.log = log
    self.reserved = reserved
  }

  /// Adds an input.
  mutating func addInput(_ name: String, shape: [Int?], elementType: String) {
    let extents = shape.map { $0.map { WrittenKerasValue.integer($0) } ?? .null }
    places[name] = layers.count
    inputs.append(
      WrittenKerasTensor(layer: layers.count, call: 0, shape: shape, elementType: elementType))
    layers.append(
      WrittenKerasLayer(
        name: name, className: "InputLayer",
        options: [
          .init("batch_shape", .list([.null] + extents)), .init("dtype", .text(elementType)),
          .init("sparse", false), .init("ragged", false), .init("optional", false),
        ], calls: [WrittenKerasCall(arguments: [])]))
  }

  /// Adds a layer, or one more use of a layer that is there under its name and is the same.
  ///
  /// - Returns: what comes out.
  mutating func add(
    _ layer: WrittenKerasLayer, _ call: WrittenKerasCall, shape: [Int?],
    elementType: String = "float32"
  ) -> WrittenKerasTensor {
    if let place = places[layer.name], isSame(layers[place], layer) {
      layers[place].calls.append(call)
      return WrittenKerasTensor(
        layer: place, call: layers[place].calls.count - 1, shape: shape, elementType: elementType)
    }
    var layer = layer
    layer.name = uniqueName(layer.name)
    layer.calls = [call]
    places[layer.name] = layers.count
    layers.append(layer)
    return WrittenKerasTensor(
      layer: layers.count - 1, call: 0, shape: shape, elementType: elementType)
  }

  private func isSame(_ first: WrittenKerasLayer, _ second: WrittenKerasLayer) -> Bool {
    first.className == second.className && first.module == second.module
      && first.options == second.options && first.variables == second.variables
  }

  private func uniqueName(_ name: String) -> String {
    places[name] == nil ? name : numberedName(name)
  }

  /// A name for a layer that no layer of the network stands for.
  func freeName(_ name: String) -> String {
    reserved.contains(name) ? numberedName(name) : uniqueName(name)
  }

  private func numberedName(_ name: String) -> String {
    var count = 1
    while places["\(name)_\(count)"] != nil || reserved.contains("\(name)_\(count)") { count += 1 }
    return "\(name)_\(count)"
  }
}

// MARK: - Operations

extension WrittenKerasGraph {
  /// The operations of Keras that are written, and where its source has them.
  enum Operation: String {
    case cast = "Cast"
    case cumulativeSum = "Cumsum"
    case gelu = "Gelu"
    case item = "GetItem"
    case notEqual = "NotEqual"
    case onesLike = "OnesLike"
    case pad = "Pad"
    case subtract = "Subtract"

    var module: String {
      switch self {
      case .cast: "keras.src.ops.core"
      case .gelu: "keras.src.ops.nn"
      default: "keras.src.ops.numpy"
      }
    }
  }

  /// Adds an operation.
  mutating func add(
    _ operation: Operation, named name: String, options: [WrittenKerasValue.Member] = [],
    to tensor: WrittenKerasTensor, _ further: WrittenKerasValue...,
    keywords: [WrittenKerasValue.Member] = [],
    shape: [Int?], elementType: String = "float32"
  ) -> WrittenKerasTensor {
    let layer = WrittenKerasLayer(
      name: freeName(name), className: operation.rawValue, module: operation.module,
      options: options)
    return add(
      layer,
      WrittenKerasCall(
        arguments: [.tensor(tensor)] + further.map { .value($0) },
        keywords: keywords.map { ($0.name, .value($0.value)) }),
      shape: shape, elementType: elementType)
  }

  /// A mask as truth values, which is what Keras takes for one.
  mutating func mask(_ tensor: WrittenKerasTensor) -> WrittenKerasTensor {
    if tensor.elementType == "bool" { return tensor }
    if let known = masks[tensor] { return known }
    let mask = add(
      .notEqual, named: "\(layers[tensor.layer].name)_mask", to: tensor, 0, shape: tensor.shape,
      elementType: "bool")
    masks[tensor] = mask
    return mask
  }

  /// A value as numbers: a mask of truth values becomes 1 and 0.
  mutating func numbers(_ tensor: WrittenKerasTensor) -> WrittenKerasTensor {
    guard tensor.elementType == "bool" else { return tensor }
    if let known = casts[tensor] { return known }
    let numbers = add(
      .cast, named: "\(layers[tensor.layer].name)_numbers",
      options: [.init("dtype", "float32")], to: tensor, shape: tensor.shape)
    casts[tensor] = numbers
    return numbers
  }
}
