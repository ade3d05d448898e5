import Testing

@testable import Datasets

struct SplitTests {
  private let labels = (0..<1000).map { Int32($0 < 600 ? 0 : $0 < 990 ? 1 : 2) }

  @Test("A stratified split holds out the same share of every class, the same every time")
  func stratified() {
    let split = Split.stratified(labels: labels, share: 0.2, seed: 7)
    #expect(split.validation.count { labels[$0] == 0 } == 120)
    #expect(split.validation.count { labels[$0] == 1 } == 78)
    #expect(split.validation.count { labels[$0] == 2 } == 2)
    #expect((split.training + split.validation).sorted() == Array(0..<1000))
    #expect(split == Split.stratified(labels: labels, share: 0.2, seed: 7))
    #expect(split != Split.stratified(labels: labels, share: 0.2, seed: 8))
    #expect(split.validation != split.validation.indices.map { $0 })
  }

  @Test("Every class keeps a row to train on", arguments: [0.0, 0.1, 0.5, 0.99])
  func small(_ share: Double) {
    let labels: [Int32] = [0, 0, 1, 2, 2, 2]
    let split = Split.stratified(labels: labels, share: share, seed: 1)
    #expect(Set(split.training.map { labels[$0] }) == [0, 1, 2])
    #expect(split.validation.isEmpty == (share == 0))
  }

  @Test("A random split holds out what was asked for, and never everything")
  func random() {
    let split = Split.random(count: 101, share: 0.25, seed: 3)
    #expect(split.validation.count == 25 && split.training.count == 76)
    #expect(Split.random(count: 1, share: 0.9, seed: 3).training == [0])
    // A single row is constant, and nothing can be learned from it.
    #expect(Split.random(count: 2, share: 0.01, seed: 3).training == [0, 1])
    #expect(Split.random(count: 3, share: 0.9, seed: 3).validation.count == 1)
  }

  @Test("A table is split by its target")
  func table() throws {
    let classes = Table([
      TableColumn("y", categories: (0..<100).map { $0 % 10 == 0 ? "rare" : "usual" })
    ])
    let split = try Split.of(classes, targets: ["y"], share: 0.2, seed: 5)
    #expect(split.validation.count { $0 % 10 == 0 } == 2 && split.validation.count == 20)
    let numbers = Table([TableColumn("y", numbers: (0..<100).map { Double($0) / 3 })])
    #expect(try Split.of(numbers, targets: ["y"], share: 0.2, seed: 5).validation.count == 20)
  }

  @Test("Balanced weights make every class weigh the same")
  func weights() {
    let target = ClassTarget(
      name: "y", classes: ["a", "b"], counts: [90, 10], hasNumberKeys: false)
    #expect(target.balancedWeights == [Float(100.0 / 180), 5])
  }
}
