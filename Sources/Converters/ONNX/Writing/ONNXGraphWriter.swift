import Foundation
import Formats
import Tensors

/// A graph of ONNX while it is written: operators in the order in which they can run, and the tensors
/// that they begin from.
///
/// Names inside have a `/`, which no input or output of a network has, so that they never meet.
final class ONNXGraphWriter {
  /// The operators so far.
  private(set) var nodes: [ONNXGraphNode] = []
  /// Weights and constants so far.
  private(set) var initializers: [ONNXTensorData] = []
  /// What constants are called before their numbers.
  private let scope: String
  /// How often a name was asked for.
  private var uses: [String: Int] = [:]
  /// The names of constants by what is in them.
  private var constants: [Constant: String] = [:]
  /// Names that are seen outside, by those within.
  private var names: [String: String] = [:]

  private enum Constant: Hashable {
    case integers([Int])
    case numbers([UInt32], [Int])
    case doubles([UInt64], [Int])
    case index(Int)
  }

  /// An empty graph.
  ///
  /// - Parameter scope: what names of constants begin with; a graph inside another one has its own.
  init(scope: String = "") { self.scope = scope }

  /// A name that nothing else in the graph has.
  func unique(_ name: String) -> String {
    uses[name, default: 0] += 1
    let count = uses[name, default: 1]
    return count == 1 ? name : unique("\(name)_\(count)")
  }

  /// Adds an operator, and gives the names of its outputs.
  ///
  /// - Parameters:
  ///   - inputs: names of values; the empty one for an input that is left out.
  ///   - outputs: which outputs are wanted; the others are left out.
  ///   - name: what the operator is called, where nothing else is.
  func add(
    _ operation: String, _ inputs: [String], _ attributes: [ONNXNodeAttribute] = [],
    outputs wanted: [Bool], named name: String
  ) -> [String] {
    var node = ONNXGraphNode()
    node.opType = operation
    node.name = unique(name)
    node.input = inputs
    while node.input.last?.isEmpty == true { node.input.removeLast() }
    node.attribute = attributes
    node.output = wanted.enumerated().map { place, isWanted in
      isWanted ? (place == 0 ? node.name : unique("\(node.name):\(place)")) : ""
    }
    while node.output.last?.isEmpty == true { node.output.removeLast() }
    nodes.append(node)
    return node.output.filter { !$0.isEmpty }
  }

  /// Gives what an operator has made a name that is seen outside, unless it has one already; whether it
  /// was done.
  func rename(_ value: String, to name: String) -> Bool {
    guard value.contains("/"), names[value] == nil else { return false }
    names[value] = name
    return true
  }

  /// The operators, with the names that are seen outside.
  var finishedNodes: [ONNXGraphNode] {
    nodes.map { node in
      var node = node
      node.input = node.input.map { names[$0] ?? $0 }
      node.output = node.output.map { names[$0] ?? $0 }
      return node
    }
  }
}

extension ONNXGraphWriter {
  /// Gives a value another name besides its own.
  func addIdentity(of value: String, named name: String) {
    var node = ONNXGraphNode()
    node.opType = "Identity"
    node.name = unique("\(name)/Identity")
    node.input = [value]
    node.output = [name]
    nodes.append(node)
  }
}

// MARK: - Tensors

extension ONNXGraphWriter {
  /// Adds a tensor of numbers; gives its name.
  func tensor(_ values: [Float], shape: [Int], named name: String) -> String {
    tensor(bytes: ONNXGraphWriter.bytes(of: values), .float32, shape, name)
  }

  /// A constant of whole numbers, a vector: axes, extents, places.
  func integers(_ values: [Int]) -> String {
    constant(.integers(values)) { name in
      let wide = values.map { Int64($0) }
      return tensor(
        bytes: ONNXGraphWriter.bytes(of: wide), .int64, [values.count], name)
    }
  }

  /// A constant of one whole number without axes.
  func integer(_ value: Int) -> String {
    constant(.index(value)) { name in
      let wide = [Int64(value)]
      return tensor(bytes: ONNXGraphWriter.bytes(of: wide), .int64, [], name)
    }
  }

  /// A constant of real numbers; one without axes where no shape is given.
  func numbers(_ values: [Float], shape: [Int] = []) -> String {
    constant(.numbers(values.map(\.bitPattern), shape)) { name in
      tensor(values, shape: shape, named: name)
    }
  }

  /// A constant of one real number.
  func number(_ value: Double) -> String { numbers([Float(value)]) }

  /// A vector of one number, many times; computed where it would take room in the file.
  func repeated(_ value: Float, count: Int) -> String {
    guard count > ONNXGraphWriter.mostRepeated else {
      return numbers(Array(repeating: value, count: count), shape: [count])
    }
    return add(
      "Expand", [numbers([value]), integers([count])], outputs: [true], named: "\(scope)/Expand")[0]
  }

  /// The most numbers of a constant that is the same everywhere: a file may claim any number of channels.
  private static let mostRepeated = 1 << 16

  /// A constant of numbers of 64 bits, for what 32 would round too much.
  func doubles(_ values: [Double], shape: [Int] = []) -> String {
    constant(.doubles(values.map(\.bitPattern), shape)) { name in
      tensor(
        bytes: ONNXGraphWriter.bytes(of: values), .float64, shape, name)
    }
  }

  /// A constant of one 32-bit index.
  func index(_ value: Int32, named name: String) -> String {
    let values = [value]
    return tensor(
      bytes: ONNXGraphWriter.bytes(of: values), .int32, [], unique(name))
  }

  /// Numbers as they lie in memory, little-endian as everywhere here.
  private static func bytes(of values: [some BitwiseCopyable]) -> Data {
    unsafe values.withUnsafeBytes { unsafe Data($0) }
  }

  private func constant(_ key: Constant, _ make: (String) -> String) -> String {
    if let name = constants[key] { return name }
    let name = make("\(scope)/constant_\(constants.count + 1)")
    constants[key] = name
    return name
  }

  private func tensor(
    bytes: Data, _ type: ONNXElementCode, _ shape: [Int], _ name: String
  ) -> String {
    var tensor = ONNXTensorData()
    tensor.name = name
    tensor.dataType = type.rawValue
    tensor.dims = shape.map { Int64($0) }
    tensor.rawData = bytes
    initializers.append(tensor)
    return name
  }
}

/// The numbers by which ONNX calls element types, those that are written.
enum ONNXElementCode: Int32 {
  case float32 = 1
  case int32 = 6
  case int64 = 7
  case bool = 9
  case float64 = 11
}

// MARK: - Attributes

extension ONNXNodeAttribute {
  /// A whole number.
  static func integer(_ name: String, _ value: Int) -> ONNXNodeAttribute {
    var attribute = ONNXNodeAttribute()
    attribute.name = name
    attribute.type = .int
    attribute.i = Int64(value)
    return attribute
  }

  /// Whole numbers.
  static func integers(_ name: String, _ values: [Int]) -> ONNXNodeAttribute {
    var attribute = ONNXNodeAttribute()
    attribute.name = name
    attribute.type = .ints
    attribute.ints = values.map { Int64($0) }
    return attribute
  }

  /// A real number.
  static func number(_ name: String, _ value: Double) -> ONNXNodeAttribute {
    var attribute = ONNXNodeAttribute()
    attribute.name = name
    attribute.type = .float
    attribute.f = Float(value)
    return attribute
  }

  /// A word.
  static func word(_ name: String, _ value: String) -> ONNXNodeAttribute {
    var attribute = ONNXNodeAttribute()
    attribute.name = name
    attribute.type = .string
    attribute.s = Data(value.utf8)
    return attribute
  }

  /// Words.
  static func words(_ name: String, _ values: [String]) -> ONNXNodeAttribute {
    var attribute = ONNXNodeAttribute()
    attribute.name = name
    attribute.type = .strings
    attribute.strings = values.map { Data($0.utf8) }
    return attribute
  }

  /// A graph that an operator runs.
  static func graph(_ name: String, _ value: ONNXGraph) -> ONNXNodeAttribute {
    var attribute = ONNXNodeAttribute()
    attribute.name = name
    attribute.type = .graph
    attribute.g = [value]
    return attribute
  }
}

extension ONNXValueInfo {
  /// A value with its type and extents: numbers, or names of those that are not known.
  init(_ name: String, _ type: ONNXElementCode, _ extents: [ONNXExtent]) {
    self.init()
    self.name = name
    self.type.tensorType.elemType = type.rawValue
    self.type.tensorType.shape.dim = extents.map { extent in
      var dimension = ONNXDimension()
      switch extent {
      case .known(let value): dimension.dimValue = Int64(value)
      case .named(let name): dimension.dimParam = name
      }
      return dimension
    }
    // A value without axes has a shape too.
    if extents.isEmpty { self.type.tensorType.shape = ONNXTensorShape() }
  }
}

/// An extent in the declaration of a value.
enum ONNXExtent: Hashable {
  case known(Int)
  case named(String)

  /// The number of examples.
  static let batch = ONNXExtent.named("N")
}
