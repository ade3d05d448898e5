import Tensors
import Testing

@testable import Kernels

@Suite struct StridedTests {
  /// Walks with their extents and strides: plain, turned, with holes, with one place many times.
  static let walks: [[(extent: Int, source: Int, target: Int)]] = [
    [(7, 1, 1)], [(3, 1, 5), (5, 3, 1)], [(2, 15, 30), (3, 0, 10), (5, 2, 1)],
    [(4, 6, 24), (2, 3, 1), (3, 1, 2), (1, 0, 0), (4, 0, 6)], [(1, 0, 0), (1, 0, 0)],
    [(17, 3, 3), (3, 1, 1)], [(3, 4, 4), (0, 1, 1)],
  ]

  private func walk(_ axes: [(extent: Int, source: Int, target: Int)]) -> StridedWalk {
    var walk = StridedWalk()
    for axis in axes {
      walk.append(axis.extent, sourceStride: axis.source, targetStride: axis.target)
    }
    return walk
  }

  /// Every pair of places that a walk visits, in order.
  private func places(_ axes: [(extent: Int, source: Int, target: Int)]) -> [(Int, Int)] {
    axes.reduce([(0, 0)]) { places, axis in
      places.flatMap { place in
        (0..<axis.extent).map { (place.0 + $0 * axis.source, place.1 + $0 * axis.target) }
      }
    }
  }

  @Test("Copies go where a slow walk goes", arguments: walks.indices, [1, 3])
  func copies(index: Int, threads: Int) {
    let axes = StridedTests.walks[index]
    let source = Tensor((0..<200).map { Float($0) + 0.5 })
    var target = Tensor(zeros: [200])
    var expected = [Float](repeating: 0, count: 200)
    for (from, to) in places(axes) { expected[to + 2] = Float(from + 1) + 0.5 }
    target.withMutableView { target in
      source.withView {
        Kernels.copy(
          $0, from: 1, into: target, at: 2, along: walk(axes), on: Workers(threadCount: threads))
      }
    }
    #expect(target.elements() == expected)
  }

  @Test("Sums are those of a slow walk, to the bit", arguments: walks.indices, [1, 3])
  func sums(index: Int, threads: Int) {
    let axes = StridedTests.walks[index].map { ($0.extent, $0.target, $0.source) }
      .map { (extent: $0.0, source: $0.1, target: $0.2) }
    // Places of different first steps must differ.
    guard axes[0].target > 0 || axes[0].extent == 1 else { return }
    for type in [ElementType.float32, .float64] {
      let values = (0..<200).map { 1 / Double($0 + 3) }
      let source = type == .float64 ? Tensor(values) : Tensor(values.map { Float($0) })
      var target = Tensor(zeros: [200], elementType: type)
      var (single, double) = ([Float](repeating: 0, count: 200), [Double](repeating: 0, count: 200))
      for (from, to) in places(axes) {
        single[to] += Float(values[from])
        double[to] += values[from]
      }
      target.withMutableView { target in
        source.withView {
          Kernels.add($0, to: target, along: walk(axes), on: Workers(threadCount: threads))
        }
      }
      #expect(target.doubles() == (type == .float64 ? double : single.map { Double($0) }))
    }
  }
}
