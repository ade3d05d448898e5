import Foundation
import Tensors

/// The numbers of a tensor in an ONNX file: real ones, or integers and truths.
package enum ONNXTensorNumbers: Sendable {
  case reals([Float])
  case integers([Int])

  /// How many there are.
  package var count: Int {
    switch self {
    case .reals(let numbers): numbers.count
    case .integers(let numbers): numbers.count
    }
  }
}

extension ONNXTensorData {
  /// What a tensor's type is called in ONNX, by its number there.
  package static let typeNames: [Int32: String] = [
    1: "float32", 2: "uint8", 3: "int8", 4: "uint16", 5: "int16", 6: "int32", 7: "int64",
    8: "string", 9: "bool", 10: "float16", 11: "float64", 12: "uint32", 13: "uint64",
    14: "complex64", 15: "complex128", 16: "bfloat16", 17: "float8e4m3fn", 18: "float8e4m3fnuz",
    19: "float8e5m2", 20: "float8e5m2fnuz", 21: "uint4", 22: "int4", 23: "float4e2m1",
    24: "float8e8m0", 25: "uint2", 26: "int2",
  ]

  /// The extents, checked.
  ///
  /// - Throws: ``FormatError`` when they are negative, too many or too large.
  package func extents(in file: String) throws(FormatError) -> Shape {
    do {
      return try Shape(checking: dims.map { Int($0) })
    } catch {
      throw problem(file, "\(error)")
    }
  }

  /// Whether the numbers are real ones.
  package var holdsReals: Bool { [1, 10, 11, 16].contains(dataType) }

  /// The numbers, in the usual order; those of another file from beside this one.
  ///
  /// - Parameter file: the file that the tensor is in.
  /// - Throws: ``FormatError`` when there are not as many as the extents say, when their type is none
  ///   that is read, or when another file is not where it may be.
  package func numbers(in file: String) throws(FormatError) -> ONNXTensorNumbers {
    let count = try extents(in: file).count
    guard let type = StoredType(rawValue: dataType) else {
      let name = ONNXTensorData.typeNames[dataType] ?? "type \(dataType)"
      throw problem(file, "holds \(name), which is not read; expected numbers of 8 to 64 bits")
    }
    if dataLocation == 1 {
      let (bytes, range) = try ONNXExternalFile.bytes(of: self, beside: file)
      try check(range.count, of: count * type.byteCount, file)
      return unsafe bytes.withBytes(range) { unsafe type.numbers($0, count: count) }
    }
    guard dataLocation == 0 else {
      throw problem(file, "data_location: expected 0 or 1, found \(dataLocation)")
    }
    if hasRawData {
      try check(rawData.count, of: count * type.byteCount, file)
      return unsafe rawData.withUnsafeBytes { unsafe type.numbers($0, count: count) }
    }
    return try typedNumbers(type, count: count, file)
  }

  /// The numbers in the field of their type.
  private func typedNumbers(
    _ type: StoredType, count: Int, _ file: String
  ) throws(FormatError) -> ONNXTensorNumbers {
    let found: ONNXTensorNumbers =
      switch type {
      case .float32: .reals(floatData)
      case .float64: .reals(doubleData.map { Float($0) })
      case .float16:
        .reals(
          int32Data.map { HalfPrecision.float(fromBinary16: UInt16(truncatingIfNeeded: $0)) })
      case .bfloat16:
        .reals(
          int32Data.map { HalfPrecision.float(fromBFloat16: UInt16(truncatingIfNeeded: $0)) })
      case .int64: .integers(int64Data.map { Int($0) })
      case .uint32, .uint64: .integers(uint64Data.map { Int(clamping: $0) })
      case .uint8, .int8, .uint16, .int16, .int32, .bool: .integers(int32Data.map { Int($0) })
      }
    guard found.count == count else {
      throw problem(file, "expected \(count) numbers, found \(found.count)")
    }
    return found
  }

  private func check(_ found: Int, of expected: Int, _ file: String) throws(FormatError) {
    guard found == expected else {
      throw problem(file, "expected \(expected) bytes of numbers, found \(found)")
    }
  }

  /// An error about this tensor.
  func problem(_ file: String, _ text: String) -> FormatError {
    FormatError(file, member: name.isEmpty ? "a tensor" : "tensor '\(name)'", text)
  }
}

/// The types of numbers that are read, by their number in ONNX.
private enum StoredType: Int32 {
  case float32 = 1
  case uint8 = 2
  case int8 = 3
  case uint16 = 4
  case int16 = 5
  case int32 = 6
  case int64 = 7
  case bool = 9
  case float16 = 10
  case float64 = 11
  case uint32 = 12
  case uint64 = 13
  case bfloat16 = 16

  var byteCount: Int {
    switch self {
    case .uint8, .int8, .bool: 1
    case .uint16, .int16, .float16, .bfloat16: 2
    case .float32, .int32, .uint32: 4
    case .int64, .uint64, .float64: 8
    }
  }

  /// The numbers in bytes, little endian, of which there are enough.
  func numbers(_ bytes: UnsafeRawBufferPointer, count: Int) -> ONNXTensorNumbers {
    func load<Bits: FixedWidthInteger & BitwiseCopyable>(_ type: Bits.Type) -> [Bits] {
      var values = [Bits](repeating: 0, count: count)
      unsafe values.withUnsafeMutableBytes { unsafe $0.copyMemory(from: bytes) }
      return values
    }
    return switch self {
    case .float32:
      .reals(load(UInt32.self).map { Float(bitPattern: UInt32(littleEndian: $0)) })
    case .float64:
      .reals(load(UInt64.self).map { Float(Double(bitPattern: UInt64(littleEndian: $0))) })
    case .float16:
      .reals(
        load(UInt16.self).map {
          HalfPrecision.float(fromBinary16: UInt16(littleEndian: $0))
        })
    case .bfloat16:
      .reals(
        load(UInt16.self).map {
          HalfPrecision.float(fromBFloat16: UInt16(littleEndian: $0))
        })
    case .uint8: .integers(load(UInt8.self).map { Int($0) })
    case .int8: .integers(load(Int8.self).map { Int($0) })
    case .bool: .integers(load(UInt8.self).map { $0 == 0 ? 0 : 1 })
    case .uint16: .integers(load(UInt16.self).map { Int(UInt16(littleEndian: $0)) })
    case .int16: .integers(load(Int16.self).map { Int(Int16(littleEndian: $0)) })
    case .uint32: .integers(load(UInt32.self).map { Int(UInt32(littleEndian: $0)) })
    case .int32: .integers(load(Int32.self).map { Int(Int32(littleEndian: $0)) })
    case .int64: .integers(load(Int64.self).map { Int(Int64(littleEndian: $0)) })
    case .uint64:
      .integers(load(UInt64.self).map { Int(clamping: UInt64(littleEndian: $0)) })
    }
  }
}
