import Formats
import Tensors

/// A node of an ONNX graph as it is read: its attributes by name, and what it is called in messages.
final class Operation {
  let node: ONNXGraphNode

  /// The version of the operators of its domain.
  let opset: Int

  private let file: String
  private let attributes: [String: ONNXNodeAttribute]
  private var asked: Set<String> = []

  /// - Throws: ``ConversionError`` when two attributes have one name.
  init(_ node: ONNXGraphNode, opset: Int, file: String) throws {
    self.node = node
    self.opset = opset
    self.file = file
    var attributes: [String: ONNXNodeAttribute] = [:]
    for attribute in node.attribute {
      guard attributes.updateValue(attribute, forKey: attribute.name) == nil else {
        throw ConversionError(
          file, Operation.label(node), "has two attributes '\(attribute.name)'")
      }
    }
    self.attributes = attributes
  }

  /// The operator.
  var kind: String { node.opType }

  /// What the node is called in messages and the report.
  var label: String { Operation.label(node) }

  static func label(_ node: ONNXGraphNode) -> String {
    let name = node.name.isEmpty ? node.output.first { !$0.isEmpty } ?? "" : node.name
    return "node \(name) (\(node.opType))"
  }

  /// An error about the node.
  func error(_ problem: String) -> ConversionError { ConversionError(file, label, problem) }

  /// The name of an input; nil where it is left out.
  func inputName(_ index: Int) -> String? {
    index < node.input.count && !node.input[index].isEmpty ? node.input[index] : nil
  }

  /// Whether an output has a name; only then can it be used.
  func hasOutput(_ index: Int) -> Bool {
    index < node.output.count && !node.output[index].isEmpty
  }
}

// MARK: - Attributes

extension Operation {
  /// The names of attributes that nothing has asked for.
  var unknownAttributes: [String] {
    node.attribute.map(\.name).filter { !asked.contains($0) }
  }

  /// Says that an attribute is known and means nothing here.
  func passOver(_ names: String...) { asked.formUnion(names) }

  private func attribute(
    _ name: String, _ kind: ONNXNodeAttribute.Kind, _ words: String
  ) throws -> ONNXNodeAttribute? {
    asked.insert(name)
    guard let attribute = attributes[name] else { return nil }
    guard !attribute.hasRefAttrName else {
      throw error("attribute '\(name)' refers to one of a function, which is not known here")
    }
    guard attribute.type == kind else {
      throw error(
        "attribute '\(name)': expected \(words), found \(Operation.words(of: attribute.type))")
    }
    return attribute
  }

  private static func words(of kind: ONNXNodeAttribute.Kind) -> String {
    switch kind {
    case .undefined: "a value of unknown type"
    case .float: "a real number"
    case .int: "an integer"
    case .string: "text"
    case .tensor: "a tensor"
    case .graph, .graphs: "a graph"
    case .floats: "real numbers"
    case .ints: "integers"
    case .strings: "texts"
    case .tensors: "tensors"
    case .sparseTensor, .sparseTensors: "a sparse tensor"
    case .typeProto, .typeProtos: "a type"
    }
  }

  func integer(_ name: String) throws -> Int? {
    try attribute(name, .int, "an integer").map { Int($0.i) }
  }

  func integer(_ name: String, default value: Int) throws -> Int { try integer(name) ?? value }

  func flag(_ name: String, default value: Bool = false) throws -> Bool {
    try integer(name).map { $0 != 0 } ?? value
  }

  func integers(_ name: String) throws -> [Int]? {
    try attribute(name, .ints, "integers").map { $0.ints.map { Int($0) } }
  }

  func real(_ name: String, default value: Double) throws -> Double {
    try attribute(name, .float, "a real number").map { Double($0.f) } ?? value
  }

  func real(_ name: String) throws -> Double? {
    try attribute(name, .float, "a real number").map { Double($0.f) }
  }

  func reals(_ name: String) throws -> [Double]? {
    try attribute(name, .floats, "real numbers").map { $0.floats.map { Double($0) } }
  }

  func text(_ name: String) throws -> String? {
    try attribute(name, .string, "text").map { String(decoding: $0.s, as: UTF8.self) }
  }

  func texts(_ name: String) throws -> [String]? {
    try attribute(name, .strings, "texts").map {
      $0.strings.map { String(decoding: $0, as: UTF8.self) }
    }
  }

  func tensor(_ name: String) throws -> ONNXTensorData? {
    guard let attribute = try attribute(name, .tensor, "a tensor") else { return nil }
    guard attribute.t.count == 1 else {
      throw error("attribute '\(name)': expected one tensor, found \(attribute.t.count)")
    }
    return attribute.t[0]
  }

  func graph(_ name: String) throws -> ONNXGraph? {
    guard let attribute = try attribute(name, .graph, "a graph") else { return nil }
    guard attribute.g.count == 1 else {
      throw error("attribute '\(name)': expected one graph, found \(attribute.g.count)")
    }
    return attribute.g[0]
  }

  /// An axis of a value of so many, counted from 0.
  func axis(_ axis: Int, rank: Int) throws -> Int {
    guard axis >= -rank, axis < rank else {
      throw error("axis: expected one of \(rank), found \(axis)")
    }
    return axis < 0 ? axis + rank : axis
  }
}
