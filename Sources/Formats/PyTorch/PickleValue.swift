import Tensors

/// A value of a pickle. Lists and their like are places in a ``PickleTree``, so that neither deep nesting
/// nor a cycle hurts whoever copies a value or lets it go.
package enum PickleValue: Hashable, Sendable {
  case none
  case bool(Bool)
  case int(Int)
  case double(Double)
  case text(String)
  /// Bytes: a place in ``PickleTree/byteStrings``.
  case bytes(Int)
  /// Places in ``PickleTree/sequences``.
  case list(Int)
  case tuple(Int)
  case set(Int)
  /// A place in ``PickleTree/dictionaries``.
  case dictionary(Int)
  /// A place in ``PickleTree/tensors``.
  case tensor(Int)
  /// A place in ``PickleTree/storages``.
  case storage(Int)
  /// A function or type by its name; never called.
  case global(PickleGlobal)
  /// A type of NumPy: a place in ``PickleTree/numPyTypes``.
  case numPyType(Int)
  /// Something of no use here, in words: an array of NumPy, a complex number.
  case other(String)
}

/// The functions and types that a checkpoint of PyTorch may name. What they do is done here, where it is
/// a matter of data alone; no name outside of this list is read.
package enum PickleGlobal: Hashable, Sendable {
  case orderedDictionary, counter, defaultDictionary
  case set, list, dictionary, number, byteArray, complex
  /// `_codecs.encode`, by which bytes are written as a text.
  case encode
  case rebuildTensor, rebuildTensorWithType
  case rebuildParameter
  case size, device
  /// A storage of elements of a type; nil for one of bytes.
  case storage(PyTorchType?)
  case type(PyTorchType)
  case numPyScalar, numPyReconstruct, numPyArray, numPyType

  /// The global of a module and a name there.
  init?(module: String, name: String) {
    // Protocol 2 writes the names of Python 2.
    let module = module == "__builtin__" ? "builtins" : module
    guard let global = PickleGlobal.table["\(module).\(name)"] else { return nil }
    self = global
  }

  private static let table: [String: PickleGlobal] = {
    var table: [String: PickleGlobal] = [
      "collections.OrderedDict": .orderedDictionary, "collections.Counter": .counter,
      "collections.defaultdict": .defaultDictionary,
      "builtins.set": .set, "builtins.frozenset": .set, "builtins.list": .list,
      "builtins.dict": .dictionary, "builtins.int": .number, "builtins.float": .number,
      "builtins.bytearray": .byteArray, "builtins.complex": .complex, "_codecs.encode": .encode,
      "torch._utils._rebuild_tensor_v2": .rebuildTensor,
      "torch._utils._rebuild_tensor_v3": .rebuildTensorWithType,
      "torch._utils._rebuild_parameter": .rebuildParameter,
      "torch._utils._rebuild_parameter_with_state": .rebuildParameter,
      "torch.Size": .size, "torch.device": .device,
      "torch.storage.UntypedStorage": .storage(nil), "torch.UntypedStorage": .storage(nil),
      "numpy.ndarray": .numPyArray, "numpy.dtype": .numPyType,
    ]
    for module in ["numpy.core.multiarray", "numpy._core.multiarray"] {
      table["\(module).scalar"] = .numPyScalar
      table["\(module)._reconstruct"] = .numPyReconstruct
    }
    for type in PyTorchType.allCases {
      for name in type.names { table["torch.\(name)"] = .type(type) }
      if let name = type.storageName { table["torch.\(name)"] = .storage(type) }
    }
    return table
  }()
}

/// How an element of a tensor of PyTorch is stored.
package enum PyTorchType: String, Hashable, Sendable, CaseIterable {
  case float32, float64, float16, bfloat16, int64, int32, int16, int8, uint8, bool
  case uint16, uint32, uint64
  case complex64, complex128
  case float8E4M3FN = "float8_e4m3fn"
  case float8E5M2 = "float8_e5m2"
  case float8E4M3FNUZ = "float8_e4m3fnuz"
  case float8E5M2FNUZ = "float8_e5m2fnuz"
  case float8E8M0FNU = "float8_e8m0fnu"

  /// The number of bytes of an element.
  var byteCount: Int {
    switch self {
    case .complex128: 16
    case .float64, .int64, .uint64, .complex64: 8
    case .float32, .int32, .uint32: 4
    case .float16, .bfloat16, .int16, .uint16: 2
    default: 1
    }
  }

  /// The same in our words; nil for what no tensor of ours holds.
  package var elementType: ElementType? { ElementType(rawValue: rawValue) }

  /// The type for elements of ours.
  init(_ elementType: ElementType) {
    guard let type = PyTorchType(rawValue: elementType.rawValue) else {
      preconditionFailure("PyTorch has no \(elementType)")
    }
    self = type
  }

  /// The names in the module `torch`.
  fileprivate var names: [String] { [rawValue] }

  /// The name of its storages; nil where they have none of their own.
  var storageName: String? {
    switch self {
    case .float32: "FloatStorage"
    case .float64: "DoubleStorage"
    case .float16: "HalfStorage"
    case .bfloat16: "BFloat16Storage"
    case .int64: "LongStorage"
    case .int32: "IntStorage"
    case .int16: "ShortStorage"
    case .int8: "CharStorage"
    case .uint8: "ByteStorage"
    case .bool: "BoolStorage"
    case .complex64: "ComplexFloatStorage"
    case .complex128: "ComplexDoubleStorage"
    default: nil
    }
  }
}

/// A block of numbers that tensors are windows onto.
package struct PickledStorage: Hashable, Sendable {
  /// What its member of the archive is called, below `data/`.
  package let key: String
  /// The type of its elements; nil for bytes.
  package let type: PyTorchType?
  /// How many elements it has.
  package let count: Int
}

/// A tensor as a pickle describes it. It lies within its storage.
package struct PickledTensor: Hashable, Sendable {
  package let storage: PickledStorage
  package let type: PyTorchType
  /// Its first element in the storage.
  package let offset: Int
  package let shape: Shape
  /// How many elements apart neighbours along each axis are.
  package let strides: [Int]
  /// Whether it is a parameter of a module itself, rather than what a state dict says of it.
  package var isParameter = false
}

/// A type of NumPy, as `f8`, and whether the first byte of an element is the largest.
package struct PickledNumPyType: Hashable, Sendable {
  package let code: String
  package var isBigEndian = false
}

/// All values of a pickle, each once, whatever refers to it.
package struct PickleTree: Sendable {
  /// What was pickled.
  package internal(set) var root = PickleValue.none
  package internal(set) var sequences: [[PickleValue]] = []
  package internal(set) var dictionaries: [[(key: PickleValue, value: PickleValue)]] = []
  package internal(set) var byteStrings: [[UInt8]] = []
  package internal(set) var tensors: [PickledTensor] = []
  package internal(set) var storages: [PickledStorage] = []
  package internal(set) var numPyTypes: [PickledNumPyType] = []
}

// MARK: - Access

extension PickleTree {
  /// The elements of a list, tuple or set; nil for what is none.
  package func elements(of value: PickleValue) -> [PickleValue]? {
    switch value {
    case .list(let place), .tuple(let place), .set(let place): sequences[place]
    default: nil
    }
  }

  /// The entries of a dictionary in their order; nil for what is none.
  package func entries(of value: PickleValue) -> [(key: PickleValue, value: PickleValue)]? {
    if case .dictionary(let place) = value { dictionaries[place] } else { nil }
  }

  /// What a dictionary has under a name.
  package func value(_ name: String, of dictionary: PickleValue) -> PickleValue? {
    entries(of: dictionary)?.last { $0.key == .text(name) }?.value
  }

  /// A tensor.
  package func tensor(_ value: PickleValue) -> PickledTensor? {
    if case .tensor(let place) = value { tensors[place] } else { nil }
  }
}

extension PickleValue {
  /// A number of any kind; truths are 0 and 1.
  package var number: Double? {
    switch self {
    case .int(let value): Double(value)
    case .double(let value): value
    case .bool(let value): value ? 1 : 0
    default: nil
    }
  }

  /// A whole number.
  package var integer: Int? {
    switch self {
    case .int(let value): value
    case .double(let value): Int(exactly: value)
    default: nil
    }
  }

  /// What it is in words.
  package var kindDescription: String {
    switch self {
    case .none: "None"
    case .bool: "a truth"
    case .int, .double: "a number"
    case .text: "a text"
    case .bytes: "bytes"
    case .list: "a list"
    case .tuple: "a tuple"
    case .set: "a set"
    case .dictionary: "a dictionary"
    case .tensor: "a tensor"
    case .storage: "a storage"
    case .global, .numPyType: "a type"
    case .other(let words): words
    }
  }
}
