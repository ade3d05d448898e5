/// Places for the nodes of a graph in rows from top to bottom, each below all that it takes from, with
/// few crossing lines; after Sugiyama, Tagawa and Toda, "Methods for Visual Understanding of
/// Hierarchical System Structures", IEEE Transactions on Systems, Man and Cybernetics 11 (1981).
struct GraphLayout {
  /// Something in a row: a node, or a place where a long line passes.
  struct Item {
    /// The node; nil for a line that passes.
    let node: Int?
    /// The middle, from the left.
    var x: Double
    let row: Int
    let width: Double
  }

  /// Everything that has a place.
  private(set) var items: [Item] = []
  /// For every edge the items from where it comes to where it leads, one for every row between.
  private(set) var lines: [[Int]] = []
  /// The width of all.
  private(set) var width = 0.0
  /// The number of rows.
  private(set) var rowCount = 0

  private var rows: [[Int]] = []
  private var above: [[Int]] = []
  private var below: [[Int]] = []

  /// The free space between two items of a row.
  static let gap = 24.0

  /// Lays out a graph.
  ///
  /// - Parameters:
  ///   - widths: of every node.
  ///   - edges: pairs of nodes, the first before the second.
  init(widths: [Double], edges: [(from: Int, to: Int)]) {
    makeRows(widths, edges)
    orderRows()
    placeItems()
  }

  // MARK: Rows

  private mutating func makeRows(_ widths: [Double], _ edges: [(from: Int, to: Int)]) {
    var depth = [Int](repeating: 0, count: widths.count)
    for edge in edges.sorted(by: { $0.to < $1.to }) {
      depth[edge.to] = max(depth[edge.to], depth[edge.from] + 1)
    }
    // What nothing stands above goes just over the first that takes it.
    let taken = Set(edges.map(\.to))
    for node in widths.indices where !taken.contains(node) {
      let takers = edges.filter { $0.from == node }.map { depth[$0.to] }
      if let first = takers.min() { depth[node] = first - 1 }
    }
    rowCount = (depth.max() ?? -1) + 1
    rows = Array(repeating: [], count: rowCount)
    for (node, width) in widths.enumerated() { _ = add(node, row: depth[node], width: width) }
    for edge in edges {
      var line = [edge.from]
      for row in depth[edge.from] + 1..<max(depth[edge.to], depth[edge.from] + 1) {
        line.append(add(nil, row: row, width: 0))
      }
      line.append(edge.to)
      lines.append(line)
    }
    above = Array(repeating: [], count: items.count)
    below = above
    for line in lines {
      for (upper, lower) in zip(line, line.dropFirst()) {
        above[lower].append(upper)
        below[upper].append(lower)
      }
    }
  }

  private mutating func add(_ node: Int?, row: Int, width: Double) -> Int {
    items.append(Item(node: node, x: 0, row: row, width: width))
    rows[row].append(items.count - 1)
    return items.count - 1
  }

  // MARK: Order

  /// Sorts every row by where its neighbours stand, downwards and upwards by turns.
  private mutating func orderRows() {
    var place = [Double](repeating: 0, count: items.count)
    func note(_ row: [Int]) {
      for (index, item) in row.enumerated() { place[item] = Double(index) }
    }
    for row in rows { note(row) }
    for sweep in 0..<8 {
      let isDownward = sweep % 2 == 0
      for row in isDownward ? Array(rows.indices) : rows.indices.reversed() {
        let keys = rows[row].map { item in
          let neighbours = isDownward ? above[item] : below[item]
          guard !neighbours.isEmpty else { return place[item] }
          return neighbours.reduce(0) { $0 + place[$1] } / Double(neighbours.count)
        }
        rows[row] = rows[row].indices.sorted { (keys[$0], $0) < (keys[$1], $1) }
          .map { rows[row][$0] }
        note(rows[row])
      }
    }
  }

  // MARK: Places

  /// Draws items towards their neighbours without changing the order of a row.
  private mutating func placeItems() {
    for row in rows { pack(row) { _ in 0 } }
    for sweep in 0..<24 {
      let isDownward = sweep % 2 == 0
      for row in isDownward ? Array(rows.indices) : rows.indices.reversed() {
        let wanted = rows[row].map { item -> Double in
          let neighbours = (isDownward ? above[item] : below[item]).map { items[$0].x }.sorted()
          guard !neighbours.isEmpty else { return items[item].x }
          let middle = neighbours.count / 2
          return neighbours.count % 2 == 1
            ? neighbours[middle] : (neighbours[middle - 1] + neighbours[middle]) / 2
        }
        pack(rows[row]) { wanted[$0] }
      }
    }
    let left = items.map { $0.x - $0.width / 2 }.min() ?? 0
    for index in items.indices { items[index].x -= left }
    width = items.map { $0.x + $0.width / 2 }.max() ?? 0
  }

  /// Puts the items of a row where they are wanted, as near as the space between them allows: groups of
  /// those that touch stand at the mean of what they want.
  private mutating func pack(_ row: [Int], wanted: (Int) -> Double) {
    var groups: [(first: Int, count: Int, sum: Double, extent: Double)] = []
    for (index, item) in row.enumerated() {
      var group = (
        first: index, count: 1, sum: wanted(index) - items[item].width / 2,
        extent: items[item].width + GraphLayout.gap
      )
      while let last = groups.last,
        last.sum / Double(last.count) + last.extent > group.sum / Double(group.count)
      {
        groups.removeLast()
        group = (
          first: last.first, count: last.count + group.count,
          sum: last.sum + group.sum - Double(group.count) * last.extent,
          extent: last.extent + group.extent
        )
      }
      groups.append(group)
    }
    for group in groups {
      var left = group.sum / Double(group.count)
      for item in row[group.first..<group.first + group.count] {
        items[item].x = left + items[item].width / 2
        left += items[item].width + GraphLayout.gap
      }
    }
  }
}
