import Testing

@testable import Converters

@Suite("Numbers in another order")
struct ONNXWritingNumbersTests {
  private let cube = ArrangedNumbers((0..<24).map { Float($0) }, shape: [2, 3, 4])

  @Test("Axes in another order are those of the definition, for every order")
  func permutation() {
    for axes in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
      let result = cube.permuted(axes)
      #expect(result.shape == axes.map { cube.shape[$0] })
      for place in 0..<24 {
        // The place in the result along each of its axes, and that in the cube.
        let inner = [
          place / (result.shape[1] * result.shape[2]), place / result.shape[2] % result.shape[1],
          place % result.shape[2],
        ]
        var outer = [0, 0, 0]
        for (axis, source) in axes.enumerated() { outer[source] = inner[axis] }
        #expect(result.values[place] == Float(outer[0] * 12 + outer[1] * 4 + outer[2]))
      }
    }
  }

  @Test("Columns of every row, and of a vector")
  func columns() {
    #expect(cube.columns(1..<3).shape == [2, 3, 2])
    #expect(cube.columns(1..<3).values.prefix(4) == [1, 2, 5, 6])
    #expect(ArrangedNumbers([1, 2, 3], shape: [3]).columns(2..<3).values == [3])
  }
}
