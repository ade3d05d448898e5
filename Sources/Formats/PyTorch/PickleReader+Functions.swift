import Tensors

// MARK: - What functions would make

extension PickleReader {
  /// What a call of a function gives.
  mutating func result(
    of global: PickleGlobal, _ arguments: [PickleValue]
  ) throws(Problem) -> PickleValue {
    switch global {
    case .orderedDictionary, .dictionary:
      guard let first = arguments.first else { return dictionary() }
      if tree.entries(of: first) != nil { return first }
      var entries: [(key: PickleValue, value: PickleValue)] = []
      let pairs = tree.elements(of: first) ?? []
      try charge(16 * pairs.count)
      for pair in pairs {
        guard let pair = tree.elements(of: pair), pair.count == 2 else {
          throw Problem(words: "makes a dictionary of what are no pairs")
        }
        entries.append((key: pair[0], value: pair[1]))
      }
      return dictionary(entries)
    case .counter:
      guard let first = arguments.first, tree.entries(of: first) != nil else { return dictionary() }
      return first
    case .defaultDictionary: return dictionary()
    case .set, .list:
      let elements = arguments.first.flatMap { tree.elements(of: $0) } ?? []
      let place = sequence(elements)
      return global == .set ? .set(place) : .list(place)
    case .size:
      guard let first = arguments.first, let elements = tree.elements(of: first) else {
        return .tuple(sequence([]))
      }
      return .tuple(sequence(elements))
    case .device: return arguments.first ?? .text("cpu")
    case .number: return arguments.first ?? .int(0)
    case .encode, .byteArray: return try bytes(arguments)
    case .complex: return .other("a complex number")
    case .rebuildTensor, .rebuildTensorWithType:
      return try tensor(arguments, hasType: global == .rebuildTensorWithType)
    case .rebuildParameter:
      guard let first = arguments.first, var tensor = tree.tensor(first) else {
        throw Problem(words: "makes a parameter of what is no tensor")
      }
      tensor.isParameter = true
      tree.tensors.append(tensor)
      return .tensor(tree.tensors.count - 1)
    case .numPyScalar: return try numPyScalar(arguments)
    case .numPyType:
      guard case .text(let code)? = arguments.first else {
        throw Problem(words: "makes a type of NumPy of what is no text")
      }
      tree.numPyTypes.append(PickledNumPyType(code: code))
      return .numPyType(tree.numPyTypes.count - 1)
    case .numPyReconstruct, .numPyArray: return .other("an array of NumPy")
    case .storage, .type: throw Problem(words: "calls a type at byte \(place - 1)")
    }
  }

  /// Bytes that protocol 2 writes as a text, one character for each.
  private mutating func bytes(_ arguments: [PickleValue]) throws(Problem) -> PickleValue {
    switch arguments.first {
    case .bytes(let place)?: return .bytes(place)
    case .text(let text)?:
      var bytes: [UInt8] = []
      try charge(text.utf8.count)
      for scalar in text.unicodeScalars {
        guard let byte = UInt8(exactly: scalar.value) else {
          throw Problem(words: "writes bytes by characters beyond 255")
        }
        bytes.append(byte)
      }
      return byteString(bytes)
    case .list(let place)?:
      try charge(tree.sequences[place].count)
      return byteString(
        tree.sequences[place].compactMap { $0.integer.flatMap { UInt8(exactly: $0) } })
    default: return byteString([])
    }
  }

  private func numPyScalar(_ arguments: [PickleValue]) throws(Problem) -> PickleValue {
    guard arguments.count == 2, case .numPyType(let place) = arguments[0],
      case .bytes(let bytesPlace) = arguments[1]
    else { return .other("a value of NumPy") }
    let type = tree.numPyTypes[place]
    let stored = tree.byteStrings[bytesPlace]
    guard let size = Int(type.code.dropFirst()), size == stored.count, (1...8).contains(size)
    else { return .other("a value of NumPy") }
    let bits = (type.isBigEndian ? stored : stored.reversed())
      .reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    switch type.code {
    case "f8": return .double(Double(bitPattern: bits))
    case "f4": return .double(Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits))))
    case "f2":
      let half = UInt16(truncatingIfNeeded: bits)
      return .double(Double(HalfPrecision.float(fromBinary16: half)))
    case "b1": return .bool(bits != 0)
    case "i1", "i2", "i4", "i8":
      let shift = 64 - 8 * size
      return .int(Int(Int64(bitPattern: bits << UInt64(shift)) >> Int64(shift)))
    case "u1", "u2", "u4", "u8":
      guard let value = Int(exactly: bits) else {
        throw Problem(words: "a whole number of NumPy is too large")
      }
      return .int(value)
    default: return .other("a value of NumPy")
    }
  }

  /// What is said of a value after it was made.
  mutating func build(_ state: PickleValue) throws(Problem) {
    switch try top() {
    // The attribute `_metadata` of a state dict: versions of modules.
    case .dictionary, .set, .tensor: break
    case .other: break
    case .numPyType(let place):
      // (version, order, …).
      guard let state = tree.elements(of: state), state.count > 1,
        case .text(let order) = state[1]
      else { return }
      tree.numPyTypes[place].isBigEndian = order == ">"
    case let value: throw Problem(words: "changes \(value.kindDescription) at byte \(place - 1)")
    }
  }
}

// MARK: - Tensors

extension PickleReader {
  /// `('storage', type, key, location, count)`.
  mutating func storage(_ identity: PickleValue) throws(Problem) -> PickleValue {
    guard let parts = tree.elements(of: identity), parts.count == 5, parts[0] == .text("storage"),
      case .global(.storage(let type)) = parts[1], case .text(let key) = parts[2],
      let count = parts[4].integer, count >= 0
    else { throw Problem(words: "names something beside it that is no storage of a tensor") }
    guard count <= Shape.maximumCount else {
      throw Problem(words: "storage '\(key)' declares \(count) elements, too many")
    }
    tree.storages.append(PickledStorage(key: key, type: type, count: count))
    return .storage(tree.storages.count - 1)
  }

  /// `(storage, offset, size, strides, requires_grad, hooks[, type][, metadata])`.
  private mutating func tensor(
    _ arguments: [PickleValue], hasType: Bool
  ) throws(Problem) -> PickleValue {
    guard arguments.count >= (hasType ? 7 : 6), case .storage(let place) = arguments[0],
      let offset = arguments[1].integer,
      let rank = tree.elements(of: arguments[2])?.count, rank <= 64,
      tree.elements(of: arguments[3])?.count == rank,
      let extents = tree.elements(of: arguments[2])?.map(\.integer),
      let strides = tree.elements(of: arguments[3])?.map(\.integer),
      extents.count == strides.count, !extents.contains(nil), !strides.contains(nil)
    else { throw Problem(words: "describes a tensor by other things than numbers") }
    let storage = tree.storages[place]
    var type = storage.type
    if hasType {
      guard case .global(.type(let given)) = arguments[6] else {
        throw Problem(words: "describes a tensor without a type")
      }
      type = given
    }
    guard let type else { throw Problem(words: "describes a tensor without a type") }
    let shape: Shape
    do {
      shape = try Shape(checking: extents.compactMap(\.self))
    } catch {
      throw Problem(words: "describes a tensor that is none: \(error)")
    }
    let tensor = PickledTensor(
      storage: storage, type: type, offset: offset, shape: shape,
      strides: strides.compactMap(\.self))
    guard tensor.isWithinStorage else {
      throw Problem(
        words: "a tensor \(shape) at \(offset) with strides \(tensor.strides) leads out of its "
          + "storage '\(storage.key)' of \(storage.count)")
    }
    tree.tensors.append(tensor)
    return .tensor(tree.tensors.count - 1)
  }
}

extension PickledTensor {
  /// How many elements of the tensor's type the storage has.
  fileprivate var room: Int {
    storage.type == nil ? storage.count / type.byteCount : storage.count
  }

  /// Whether every element lies in the storage.
  fileprivate var isWithinStorage: Bool {
    guard offset >= 0, strides.allSatisfy({ $0 >= 0 }) else { return false }
    guard shape.count > 0 else { return offset <= room }
    var last = offset
    for (extent, stride) in zip(shape.dimensions, strides) {
      let (way, overflows) = (extent - 1).multipliedReportingOverflow(by: stride)
      let (sum, isTooLarge) = last.addingReportingOverflow(way)
      guard !overflows, !isTooLarge else { return false }
      last = sum
    }
    return last < room
  }
}
