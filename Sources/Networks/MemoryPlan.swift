/// Places buffers that live at different times in as little memory as is easily had.
///
/// Buffers are placed from the largest to the smallest, each at the lowest offset where it meets
/// no buffer that lives at the same time (greedy by size: Pisarchyk and Lee, "Efficient memory
/// management for deep neural net inference", 2020).
struct MemoryPlan {
  /// A buffer that is in use from one point in time to another, both included.
  struct Request {
    var byteCount: Int
    var first: Int
    var last: Int
  }

  /// The offset of every request, a multiple of ``alignment``.
  private(set) var offsets: [Int]

  /// The bytes that hold all of them.
  private(set) var byteCount = 0

  /// A cache line.
  static let alignment = 64

  init(_ requests: [Request]) {
    offsets = Array(repeating: 0, count: requests.count)
    let order = requests.indices.sorted {
      (requests[$1].byteCount, $0) < (requests[$0].byteCount, $1)
    }
    // By offset.
    var placed: [Int] = []
    for index in order {
      let request = requests[index]
      var offset = 0
      for other in placed {
        let neighbour = requests[other]
        guard neighbour.first <= request.last, request.first <= neighbour.last else { continue }
        if offset + request.byteCount <= offsets[other] { break }
        offset = max(offset, MemoryPlan.aligned(offsets[other] + neighbour.byteCount))
      }
      offsets[index] = offset
      byteCount = max(byteCount, MemoryPlan.aligned(offset + request.byteCount))
      placed.insert(index, at: MemoryPlan.place(of: offset, in: placed, offsets))
    }
  }

  /// Where a buffer at an offset belongs among others in the order of theirs.
  private static func place(of offset: Int, in placed: [Int], _ offsets: [Int]) -> Int {
    var (low, high) = (0, placed.count)
    while low < high {
      let middle = (low + high) / 2
      if offsets[placed[middle]] <= offset { low = middle + 1 } else { high = middle }
    }
    return low
  }

  static func aligned(_ count: Int) -> Int { (count + alignment - 1) / alignment * alignment }
}
