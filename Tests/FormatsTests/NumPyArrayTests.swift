import Foundation
import Tensors
import Testing

@testable import Formats

@Suite("Arrays of NumPy")
struct NumPyArrayTests {
  private let shape: Shape = [3, 5, 2]

  @Test(
    "Every type, byte order and axis order is read, stored or deflated",
    arguments: ["types.npz", "packed.npz"])
  func everyType(name: String) throws {
    let file = try NumPyFile(path: fixture("arrays/\(name)"))
    #expect(file.names.count == 48)
    for name in file.names {
      let array = try #require(try file.array(named: name))
      let type = array.elementType
      #expect(name.hasPrefix("\(type.rawValue)_"))
      #expect(array.shape == shape)
      let expected = (0..<shape.count).map { value($0, type) }
      #expect(array.tensor().doubles() == expected, "\(name)")
      // Rows from the middle, as float32 and as indices.
      var numbers = Tensor(zeros: [2, 5, 2])
      numbers.withMutableView { array.copyNumbers(of: 1..<3, into: $0) }
      #expect(numbers.doubles() == Array(expected[10...]), "\(name)")
      if !type.isFloatingPoint, type != .bool {
        var indices = Tensor(zeros: [1, 5, 2], elementType: .int32)
        let row = message {
          try indices.withMutableView { try array.copyIndices(of: 1..<2, below: 11, into: $0) }
        }
        let isUnsigned = name.hasPrefix("u")
        #expect(row == (isUnsigned ? "no error" : "\(file.shortName): \(name).npy: \(refusal)"))
        if isUnsigned { #expect(indices.doubles() == Array(expected[10..<20])) }
      }
    }
  }

  private let refusal = "row 1: expected an index from 0 to 10, found -3"

  @Test("All versions of the format hold the same", arguments: [1, 2, 3])
  func versions(major: Int) throws {
    let array = try NumPyArray(path: fixture("arrays/version_\(major).npy"))
    #expect(array.tensor().doubles() == (0..<30).map { value($0, .float32) })
  }

  @Test("A single number, an empty array, a vector and unaligned numbers are arrays")
  func shapes() throws {
    let scalar = try NumPyArray(path: fixture("arrays/scalar.npy"))
    #expect(scalar.shape == [] && scalar.rows == 1 && scalar.tensor().doubles() == [2.5])
    let empty = try NumPyArray(path: fixture("arrays/empty.npy"))
    #expect(empty.shape == [0, 4] && empty.tensor().doubles().isEmpty)
    let vector = try NumPyArray(path: fixture("arrays/vector.npy"))
    #expect(vector.tensor().doubles() == (0..<17).map { value($0, .float32) })
    let unaligned = try NumPyArray(path: fixture("arrays/unaligned.npy"))
    #expect(unaligned.tensor().doubles() == (0..<30).map { value($0, .float64) })
  }

  @Test("Numbers become the nearest of float32, and truths other than 0 become 1")
  func conversion() throws {
    func numbers(_ descriptor: String, _ bytes: [UInt8]) throws -> [Double] {
      let text = "{'descr': '\(descriptor)', 'fortran_order': False, 'shape': (1,), }\n"
      let start = FileSignature.numPyMagic + [1, 0, UInt8(text.utf8.count), 0] + text.utf8
      let array = try NumPyArray(FileBytes(start + bytes, file: "a.npy"))
      var tensor = Tensor(zeros: [1])
      tensor.withMutableView { array.copyNumbers(of: 0..<1, into: $0) }
      return tensor.doubles()
    }
    // 2^53 + 1 has no float32; 16,777,217 is halfway and goes to the even neighbour.
    #expect(try numbers("<i8", [1, 0, 0, 0, 0, 0, 0x20, 0]) == [9_007_199_254_740_992])
    #expect(try numbers("<u4", [1, 0, 0, 1]) == [16_777_216])
    #expect(try numbers(">u8", Array(repeating: 255, count: 8)) == [18_446_744_073_709_551_616])
    #expect(try numbers("<f8", [0, 0, 0, 0, 0, 0, 0xF0, 0x7F]) == [.infinity])
    #expect(try numbers("|b1", [2]) == [1])
    #expect(try numbers("<f2", [0, 0x3C]) == [1])
  }
}

extension NumPyFile {
  /// The name without the folder.
  var shortName: String { file.split(separator: "/").last.map(String.init) ?? file }
}
