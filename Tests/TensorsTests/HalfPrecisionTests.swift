import Tensors
import Testing

@Suite struct HalfPrecisionTests {
  @Test("Patterns of binary16 and bfloat16 are read as the numbers they stand for")
  func values() {
    // One, minus two, the largest, the smallest normal and subnormal numbers, and infinity.
    let halves: [(UInt16, Float)] = [
      (0x3C00, 1), (0xC000, -2), (0x7BFF, 65504), (0x0400, 0x1p-14), (0x0001, 0x1p-24),
      (0x8001, -0x1p-24), (0x7C00, .infinity), (0x0000, 0),
    ]
    for (bits, value) in halves { #expect(HalfPrecision.float(fromBinary16: bits) == value) }
    #expect(HalfPrecision.float(fromBinary16: 0x7E00).isNaN)
    #expect(HalfPrecision.float(fromBinary16: 0x8000).sign == .minus)
    #expect(HalfPrecision.float(fromBFloat16: 0x3F80) == 1)
    #expect(HalfPrecision.float(fromBFloat16: 0xC049) == -3.140625)
  }
}
