import Tensors
import Testing

@Suite struct RandomStreamTests {
  /// Known answers of the authors' own test file for philox4x32-10 (Random123, kat_vectors).
  @Test("Words are those of Philox4x32-10")
  func knownAnswers() {
    let zero = RandomStream(seed: 0, stream: 0)
    #expect(zero.words(at: 0) == SIMD4(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8))
    let ones = RandomStream(seed: .max, stream: .max, step: .max)
    #expect(ones.words(at: .max) == SIMD4(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd))
    let digitsOfPi = RandomStream(
      seed: 0x299f_31d0_a409_3822, stream: 0x85a3_08d3, step: 0x0370_7344_1319_8a2e)
    #expect(
      digitsOfPi.words(at: 0x243f_6a88) == SIMD4(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1)
    )
  }
}
