import Tensors

/// Random choices that a seed decides.
struct RandomChoices {
  private let random: RandomStream
  private var index = 0

  init(seed: UInt32) { random = RandomStream(seed: UInt64(seed), stream: 0) }

  /// A whole number from 0 to below a limit, which is 1 or more.
  mutating func number(below limit: Int) -> Int {
    index += 1
    return random.integer(below: limit, at: index)
  }

  /// One of the elements; nil where there is none.
  mutating func one<Element>(of elements: some RandomAccessCollection<Element>) -> Element? {
    guard !elements.isEmpty else { return nil }
    let offset = number(below: elements.count)
    return elements[elements.index(elements.startIndex, offsetBy: offset)]
  }
}
