/// Fuzzing without an instrumented build: files that are changed at random and signed again, each of
/// them after the unchanged one.
package struct Exploration {
  /// The files that were tried.
  package private(set) var runCount = 0
  /// Those that could be opened, read, were whole, were predicted with, and were trained on.
  package private(set) var openedCount = 0
  package private(set) var loadedCount = 0
  package private(set) var wholeCount = 0
  package private(set) var predictedCount = 0
  package private(set) var resumedCount = 0

  package init() {}

  /// Tries some changes of a file, which numbers decide.
  ///
  /// - Throws: ``BrokenPromise``, with the number of the change.
  package mutating func run(
    _ bytes: [UInt8], seeds: Range<UInt32>, target: ModelTarget
  ) throws {
    for seed in seeds {
      let changed = Exploration.changed(bytes, seed: seed)
      let outcome: ModelTarget.Outcome
      do {
        _ = try ParserTarget.run(changed)
        outcome = try target.run(changed)
      } catch {
        throw BrokenPromise("change \(seed): \(error)")
      }
      runCount += 1
      openedCount += outcome.isOpened ? 1 : 0
      loadedCount += outcome.isLoaded ? 1 : 0
      wholeCount += outcome.isWhole ? 1 : 0
      predictedCount += outcome.isPredicted ? 1 : 0
      resumedCount += outcome.isResumed ? 1 : 0
    }
  }

  /// The bytes of a file after a change that a number decides.
  package static func changed(_ bytes: [UInt8], seed: UInt32) -> [UInt8] {
    var random = RandomChoices(seed: ~seed)
    var mutation = FileMutation(seed: seed) { bytes, limit in
      var bytes = bytes
      for _ in 0...random.number(below: 3) {
        guard !bytes.isEmpty else { break }
        let place = random.number(below: bytes.count)
        switch random.number(below: 4) {
        case 0: bytes[place] = UInt8(random.number(below: 256))
        case 1: bytes[place] = [0, 1, 2, 7, 8, 64, 127, 128, 255][random.number(below: 9)]
        case 2: bytes[place] ^= 1 << UInt8(random.number(below: 8))
        default:
          let other = random.number(below: bytes.count)
          for index in 0..<min(8, bytes.count - max(place, other)) {
            bytes[place + index] = bytes[other + index]
          }
        }
      }
      return Array(bytes.prefix(limit))
    }
    return mutation.mutated(bytes, limit: 1 << 18, changesTexts: true)
  }
}
