/// Random numbers as a function of four integers: a seed, a stream, a step and an index.
///
/// Philox4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3",
/// SC 2011). There is no hidden state: the same integers always give the same numbers, in any
/// order and on any thread, so that a run can go on from the integers alone.
public struct RandomStream: Hashable, Sendable, Codable {
  /// The seed of the whole run.
  public let seed: UInt64

  /// What the numbers are for, for example one layer of a network.
  public let stream: UInt32

  /// The position in time: a training step or an epoch.
  public var step: UInt64

  /// A stream of random numbers.
  public init(seed: UInt64, stream: UInt32, step: UInt64 = 0) {
    self.seed = seed
    self.stream = stream
    self.step = step
  }

  /// The four random words at an index.
  ///
  /// The counter is (index, stream, low half of step, high half of step); the key is the seed.
  public func words(at index: UInt32) -> SIMD4<UInt32> {
    var counter = SIMD4<UInt32>(
      index, stream, UInt32(truncatingIfNeeded: step), UInt32(truncatingIfNeeded: step >> 32))
    var key = SIMD2<UInt32>(
      UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
    for _ in 0..<10 {
      let first = UInt64(counter.x) * 0xD251_1F53
      let second = UInt64(counter.z) * 0xCD9E_8D57
      counter = SIMD4(
        UInt32(truncatingIfNeeded: second >> 32) ^ counter.y ^ key.x,
        UInt32(truncatingIfNeeded: second),
        UInt32(truncatingIfNeeded: first >> 32) ^ counter.w ^ key.y,
        UInt32(truncatingIfNeeded: first))
      key = SIMD2(key.x &+ 0x9E37_79B9, key.y &+ 0xBB67_AE85)
    }
    return counter
  }

  /// A number uniform in [0, 1), with 53 random bits, for any index.
  public func uniform(at index: Int) -> Double {
    let words = words(at: UInt32(truncatingIfNeeded: index >> 1))
    let (high, low) = index & 1 == 0 ? (words.x, words.y) : (words.z, words.w)
    return Double((UInt64(high) << 32 | UInt64(low)) >> 11) * 0x1p-53
  }

  /// A whole number uniform in `0..<bound`, without bias (Lemire, "Fast random integer
  /// generation in an interval", 2019, by one 64-bit multiplication: the bias is below 2^-32).
  public func integer(below bound: Int, at index: Int) -> Int {
    precondition(bound > 0, "bound must be positive, found \(bound)")
    let words = words(at: UInt32(truncatingIfNeeded: index >> 1))
    let (high, low) = index & 1 == 0 ? (words.x, words.y) : (words.z, words.w)
    let word = UInt64(high) << 32 | UInt64(low)
    return Int(word.multipliedFullWidth(by: UInt64(bound)).high)
  }

  /// The numbers `0..<count` in random order (Fisher and Yates).
  public func permutation(of count: Int) -> [Int32] {
    var order = Tensor(zeros: [count], elementType: .int32)
    order.withMutableView(shuffle)
    return order.elements()
  }

  /// Fills a vector of `Int32` with the numbers `0..<count` in random order.
  package func shuffle(_ order: TensorView) {
    for index in 0..<order.count { order.setElement(index, to: Int32(index)) }
    for index in stride(from: order.count - 1, to: 0, by: -1) {
      let other = integer(below: index + 1, at: index)
      let value = order.element(index, as: Int32.self)
      order.setElement(index, to: order.element(other, as: Int32.self))
      order.setElement(other, to: value)
    }
  }
}
