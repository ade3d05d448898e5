import Foundation
import Tensors

/// Reads a pickle as data. It makes a ``PickleTree`` of its own and calls nothing: names outside of a
/// closed list end it, and so do opcodes that PyTorch does not write.
///
/// Protocol 2 is what `torch.save` writes; of protocols 3 to 5 those opcodes are read that other
/// protocols are saved with. The memory taken is bounded by the bytes of the pickle.
struct PickleReader {
  private let bytes: [UInt8]
  var place = 0
  var tree = PickleTree()
  private var stack: [PickleValue] = []
  /// Where on the stack marks lie.
  private var marks: [Int] = []
  private var memo: [Int: PickleValue] = [:]
  private var objectCount = 0
  /// How many bytes and entries functions have made of what is there already.
  private var madeCount = 0

  /// What is wrong with a pickle.
  struct Problem: Error {
    let words: String
  }

  /// The most bytes of a pickle.
  static let byteLimit = 64 << 20
  /// The most values.
  static let objectLimit = 4 << 20
  /// The most values that wait for what holds them, and marks among them.
  static let stackLimit = 1 << 20

  /// Reads a pickle to its end.
  static func tree(of bytes: [UInt8]) throws(Problem) -> PickleTree {
    var reader = PickleReader(bytes: bytes)
    return try reader.run()
  }

  private init(bytes: [UInt8]) { self.bytes = bytes }
}

// MARK: - Bytes

extension PickleReader {
  private mutating func take(_ count: Int) throws(Problem) -> ArraySlice<UInt8> {
    guard count <= bytes.count - place else { throw Problem(words: "cut short") }
    defer { place += count }
    return bytes[place..<place + count]
  }

  /// An unsigned number, little-endian.
  private mutating func number(_ count: Int) throws(Problem) -> UInt64 {
    try take(count).reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// A length that must be within the pickle.
  private mutating func length(_ count: Int) throws(Problem) -> Int {
    let length = try number(count)
    guard length <= UInt64(bytes.count - place) else { throw Problem(words: "cut short") }
    return Int(length)
  }

  private mutating func text(_ count: Int) throws(Problem) -> String {
    guard let text = String(bytes: try take(count), encoding: .utf8) else {
      throw Problem(words: "expected a text in UTF-8 before byte \(place)")
    }
    return text
  }

  private mutating func line() throws(Problem) -> String {
    guard let end = bytes[place...].firstIndex(of: UInt8(ascii: "\n")) else {
      throw Problem(words: "cut short")
    }
    let text = try text(end - place)
    place = end + 1
    return text
  }

  /// A whole number in as few bytes as it needs.
  private mutating func long(_ count: Int) throws(Problem) -> Int {
    let bytes = try take(count)
    guard count <= 8 else {
      throw Problem(words: "a whole number of \(count) bytes is too large")
    }
    guard let last = bytes.last else { return 0 }
    let start = last & 0x80 == 0 ? UInt64(0) : UInt64.max
    return Int(truncatingIfNeeded: bytes.reversed().reduce(start) { $0 << 8 | UInt64($1) })
  }
}

// MARK: - Stack

extension PickleReader {
  private mutating func push(_ value: PickleValue) throws(Problem) {
    objectCount += 1
    guard objectCount <= PickleReader.objectLimit else {
      throw Problem(words: "has more than \(PickleReader.objectLimit) values")
    }
    guard stack.count < PickleReader.stackLimit else {
      throw Problem(words: "nests more than \(PickleReader.stackLimit) values")
    }
    stack.append(value)
  }

  private mutating func pop() throws(Problem) -> PickleValue {
    guard stack.count > (marks.last ?? 0), let value = stack.popLast() else {
      throw Problem(words: "takes a value that is not there at byte \(place)")
    }
    return value
  }

  private mutating func popMark() throws(Problem) -> [PickleValue] {
    guard let mark = marks.popLast() else {
      throw Problem(words: "ends a list that has not begun at byte \(place)")
    }
    defer { stack.removeLast(stack.count - mark) }
    return Array(stack[mark...])
  }

  /// Counts what a function makes of what is there already, which a pickle may ask for again and again.
  mutating func charge(_ count: Int) throws(Problem) {
    madeCount += count
    guard madeCount <= PickleReader.byteLimit else {
      throw Problem(words: "makes more than \(PickleReader.byteLimit) bytes of its values")
    }
  }

  func top() throws(Problem) -> PickleValue {
    guard stack.count > (marks.last ?? 0), let value = stack.last else {
      throw Problem(words: "takes a value that is not there at byte \(place)")
    }
    return value
  }

  mutating func sequence(_ elements: [PickleValue]) -> Int {
    tree.sequences.append(elements)
    return tree.sequences.count - 1
  }

  mutating func dictionary(
    _ entries: [(key: PickleValue, value: PickleValue)] = []
  ) -> PickleValue {
    tree.dictionaries.append(entries)
    return .dictionary(tree.dictionaries.count - 1)
  }

  mutating func byteString(_ bytes: some Collection<UInt8>) -> PickleValue {
    tree.byteStrings.append(Array(bytes))
    return .bytes(tree.byteStrings.count - 1)
  }

  private mutating func memoize(_ index: Int) throws(Problem) {
    guard memo.count < PickleReader.objectLimit else {
      throw Problem(words: "remembers more than \(PickleReader.objectLimit) values")
    }
    memo[index] = try top()
  }

  private mutating func recall(_ index: Int) throws(Problem) {
    guard let value = memo[index] else {
      throw Problem(words: "recalls value \(index), which it does not remember")
    }
    try push(value)
  }

  private mutating func append(_ elements: [PickleValue]) throws(Problem) {
    switch try top() {
    case .list(let place), .set(let place): tree.sequences[place] += elements
    case let value: throw Problem(words: "appends to \(value.kindDescription)")
    }
  }

  private mutating func setItems(_ items: [PickleValue]) throws(Problem) {
    guard items.count % 2 == 0 else { throw Problem(words: "has a key without a value") }
    guard case .dictionary(let place) = try top() else {
      throw Problem(words: "sets entries of \(try top().kindDescription)")
    }
    for index in stride(from: 0, to: items.count, by: 2) {
      tree.dictionaries[place].append((key: items[index], value: items[index + 1]))
    }
  }
}

// MARK: - Opcodes

extension PickleReader {
  private mutating func run() throws(Problem) -> PickleTree {
    guard bytes.count >= 2, bytes[0] == 0x80, (2...5).contains(bytes[1]) else {
      throw Problem(words: "expected a pickle of protocol 2 to 5")
    }
    place = 2
    while true {
      let opcode = try take(1).first ?? 0
      // STOP.
      if opcode == UInt8(ascii: ".") { break }
      if try runValue(opcode) { continue }
      if try runObject(opcode) { continue }
      let name = PickleReader.refusedNames[opcode].map { " \($0)" } ?? ""
      throw Problem(
        words: "opcode\(name) 0x\(String(opcode, radix: 16)) at byte \(place - 1) is none that "
          + "PyTorch writes")
    }
    guard stack.count == 1, marks.isEmpty, place == bytes.count else {
      throw Problem(words: "expected one value and the end at byte \(place)")
    }
    tree.root = stack[0]
    return tree
  }

  /// Runs an opcode that makes a value of the bytes behind it.
  private mutating func runValue(_ opcode: UInt8) throws(Problem) -> Bool {
    switch opcode {
    case UInt8(ascii: "N"): try push(.none)
    case 0x88: try push(.bool(true))
    case 0x89: try push(.bool(false))
    case UInt8(ascii: "J"):
      try push(.int(Int(Int32(truncatingIfNeeded: try number(4)))))
    case UInt8(ascii: "K"): try push(.int(Int(try number(1))))
    case UInt8(ascii: "M"): try push(.int(Int(try number(2))))
    case 0x8A: try push(.int(try long(length(1))))
    case UInt8(ascii: "G"):
      // Of all numbers this one alone is big-endian.
      let bits = try take(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      try push(.double(Double(bitPattern: bits)))
    case UInt8(ascii: "X"): try push(.text(try text(length(4))))
    case 0x8C: try push(.text(try text(length(1))))
    case 0x8D: try push(.text(try text(length(8))))
    // SHORT_BINSTRING: a text of Python 2.
    case UInt8(ascii: "U"): try push(.text(try text(length(1))))
    case UInt8(ascii: "C"): try push(byteString(try take(length(1))))
    case UInt8(ascii: "B"): try push(byteString(try take(length(4))))
    case 0x8E: try push(byteString(try take(length(8))))
    // FRAME: how many bytes are read at once.
    case 0x95: _ = try length(8)
    default: return false
    }
    return true
  }

  /// Runs an opcode that puts values together.
  private mutating func runObject(_ opcode: UInt8) throws(Problem) -> Bool {
    switch opcode {
    case UInt8(ascii: "("):
      guard marks.count < PickleReader.stackLimit else {
        throw Problem(words: "nests more than \(PickleReader.stackLimit) values")
      }
      marks.append(stack.count)
    case UInt8(ascii: ")"): try push(.tuple(sequence([])))
    case UInt8(ascii: "t"): try push(.tuple(sequence(popMark())))
    case 0x85, 0x86, 0x87:
      var elements: [PickleValue] = []
      for _ in 0..<Int(opcode - 0x84) { elements.insert(try pop(), at: 0) }
      try push(.tuple(sequence(elements)))
    case UInt8(ascii: "]"): try push(.list(sequence([])))
    case UInt8(ascii: "a"): try append([pop()])
    case UInt8(ascii: "e"), 0x90: try append(popMark())
    case UInt8(ascii: "}"): try push(dictionary())
    case UInt8(ascii: "s"):
      let value = try pop()
      try setItems([pop(), value])
    case UInt8(ascii: "u"): try setItems(popMark())
    case 0x8F: try push(.set(sequence([])))
    // FROZENSET.
    case 0x91: try push(.set(sequence(popMark())))
    case UInt8(ascii: "q"): try memoize(Int(try number(1)))
    case UInt8(ascii: "r"): try memoize(Int(try number(4)))
    case 0x94: try memoize(memo.count)
    case UInt8(ascii: "h"): try recall(Int(try number(1)))
    case UInt8(ascii: "j"): try recall(Int(try number(4)))
    case UInt8(ascii: "c"):
      let module = try line()
      try push(.global(try global(module, line())))
    case 0x93:
      let name = try pop()
      guard case .text(let name) = name, case .text(let module) = try pop() else {
        throw Problem(words: "names a function by what is no text")
      }
      try push(.global(try global(module, name)))
    case UInt8(ascii: "R"), 0x81:
      let arguments = try pop()
      let function = try pop()
      guard case .global(let global) = function, let arguments = tree.elements(of: arguments)
      else {
        throw Problem(words: "calls \(function.kindDescription) at byte \(place - 1)")
      }
      try push(try result(of: global, arguments))
    case UInt8(ascii: "b"):
      let state = try pop()
      try build(state)
    case UInt8(ascii: "Q"): try push(try storage(pop()))
    default: return false
    }
    return true
  }

  private func global(_ module: String, _ name: String) throws(Problem) -> PickleGlobal {
    guard let global = PickleGlobal(module: module, name: name) else {
      throw Problem(
        words:
          "names \(module).\(name), which is neither a tensor nor plain data, and would be run "
          + "where PyTorch reads it; save the state dict alone: "
          + "torch.save(model.state_dict(), \"model.pt\")")
    }
    return global
  }

  /// Opcodes of pickles that are refused, for messages.
  private static let refusedNames: [UInt8: String] = [
    0x8B: "LONG4", UInt8(ascii: "i"): "INST", UInt8(ascii: "o"): "OBJ", UInt8(ascii: "P"): "PERSID",
    UInt8(ascii: "0"): "POP", UInt8(ascii: "1"): "POP_MARK", UInt8(ascii: "2"): "DUP",
    UInt8(ascii: "I"): "INT", UInt8(ascii: "L"): "LONG", UInt8(ascii: "F"): "FLOAT",
    UInt8(ascii: "S"): "STRING", UInt8(ascii: "T"): "BINSTRING", UInt8(ascii: "V"): "UNICODE",
    UInt8(ascii: "g"): "GET", UInt8(ascii: "p"): "PUT", UInt8(ascii: "l"): "LIST",
    UInt8(ascii: "d"): "DICT", 0x82: "EXT1", 0x83: "EXT2", 0x84: "EXT4", 0x92: "NEWOBJ_EX",
    0x96: "BYTEARRAY8", 0x97: "NEXT_BUFFER", 0x98: "READONLY_BUFFER", 0x80: "PROTO",
  ]
}
