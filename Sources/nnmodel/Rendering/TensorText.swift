import ModelFiles
import Workflows

/// The tensors of a file in words, group by group.
enum TensorText {
  /// A file that has nothing but tensors.
  static func lines(_ report: TensorFileReport, for terminal: Terminal) -> [String] {
    let count = NumberText.count(report.tensors.count, "tensor")
    return [
      terminal.styled(report.path.printable, .bold),
      "\(report.description), \(count), \(NumberText.bytes(report.byteCount))", "",
    ] + lines(report.tensors, for: terminal)
  }

  /// A line per tensor: what its numbers are like where they were read, what it is otherwise.
  static func lines(_ tensors: [TensorReport], for terminal: Terminal) -> [String] {
    let isMeasured = tensors.contains { $0.statistics != nil }
    let isWide = !terminal.isTerminal || terminal.width >= 100
    let room = Terminal(
      isTerminal: terminal.isTerminal, width: max(terminal.width, isMeasured && isWide ? 200 : 0),
      usesColor: terminal.usesColor, isUnicode: terminal.isUnicode)
    var lines: [String] = []
    for (group, members) in groups(of: tensors) {
      if !lines.isEmpty { lines.append("") }
      lines.append("  " + group.printable)
      let table =
        isMeasured ? statistics(members, isWide: isWide, terminal) : list(folded(members))
      lines += table.lines(indent: 4, for: room)
    }
    return isWide || !isMeasured
      ? lines : lines + ["", "  types and bytes are shown on 100 columns and by --json"]
  }
}

// MARK: - Groups

extension TensorText {
  private typealias Member = (name: String, tensor: TensorReport)

  /// The tensors by the folder they are in, `/weights` or `/optimizer/first_moment`, in order.
  private static func groups(
    of tensors: [TensorReport]
  ) -> [(name: String, members: [Member])] {
    var groups: [(name: String, members: [Member])] = []
    for tensor in tensors {
      let parts = tensor.path.split(separator: "/").map(String.init)
      // The last two parts are layer and parameter, where there are so many.
      let kept = parts.count > 2 ? 2 : 1
      let group = "/" + parts.dropLast(kept).joined(separator: "/")
      let name = parts.suffix(kept).joined(separator: "/")
      if groups.last?.name != group { groups.append((group, [])) }
      groups[groups.count - 1].members.append((name, tensor))
    }
    return groups
  }

  /// Tensors of one type and shape whose names differ in a number alone, from three on as one.
  private static func folded(_ members: [Member]) -> [(name: String, members: [TensorReport])] {
    var groups: [(key: String, members: [Member])] = []
    var places: [String: Int] = [:]
    for member in members {
      let key =
        "\(FoldedNames.pattern(of: member.name)) \(member.tensor.shape) "
        + member.tensor.elementType
      if let place = places[key] {
        groups[place].members.append(member)
      } else {
        places[key] = groups.count
        groups.append((key, [member]))
      }
    }
    return groups.flatMap { _, members in
      members.count < 3
        ? members.map { ($0.name, [$0.tensor]) }
        : [(FoldedNames.pattern(of: members[0].name), members.map(\.tensor))]
    }
  }
}

// MARK: - Tables

extension TensorText {
  private static func list(_ members: [(name: String, members: [TensorReport])]) -> TextTable {
    var table = TextTable([
      ("name", .left), ("count", .right), ("shape", .left), ("type", .left), ("bytes", .right),
    ])
    for (name, tensors) in members {
      table.add([
        name.printable, tensors.count > 1 ? NumberText.count(tensors.count) : "",
        shape(tensors[0]), tensors[0].elementType,
        NumberText.count(tensors.reduce(0) { $0 + $1.byteCount }),
      ])
    }
    return table
  }

  private static func statistics(
    _ members: [Member], isWide: Bool, _ terminal: Terminal
  ) -> TextTable {
    var columns: [(title: String, alignment: TextTable.Alignment)] = [
      ("name", .left), ("shape", .left), ("min", .right), ("max", .right), ("mean", .right),
      ("std", .right), ("zeros", .right), ("NaN", .right), ("spread", .right),
    ]
    if isWide { columns += [("infinite", .right), ("type", .left), ("bytes", .right)] }
    var table = TextTable(columns)
    for (name, tensor) in members {
      guard let found = tensor.statistics else { continue }
      let count = tensor.shape.reduce(1, *)
      var row = [name.printable, shape(tensor)]
      row += [found.minimum, found.maximum, found.mean, found.deviation].map {
        NumberText.short($0, digits: 3)
      }
      row += [
        share(found.zeroCount, of: count), "\(found.nanCount)",
        bars(found.histogram, isUnicode: terminal.isUnicode),
      ]
      if isWide {
        row += ["\(found.infinityCount)", tensor.elementType, NumberText.count(tensor.byteCount)]
      }
      table.add(row)
    }
    return table
  }

  private static func shape(_ tensor: TensorReport) -> String {
    tensor.shape.isEmpty ? "one" : tensor.shape.map { "\($0)" }.joined(separator: "x")
  }

  private static func share(_ part: Int, of whole: Int) -> String {
    part == 0 ? "0" : "\(NumberText.short(100 * Double(part) / Double(max(whole, 1)), digits: 2)) %"
  }

  /// Pairs of bins as bars, the highest of them full.
  private static func bars(_ bins: [Int], isUnicode: Bool) -> String {
    let heights = Array(isUnicode ? " ▁▂▃▄▅▆▇█" : " .,:;+*%#")
    let pairs = stride(from: 0, to: bins.count - 1, by: 2).map { bins[$0] + bins[$0 + 1] }
    guard let highest = pairs.max(), highest > 0 else { return "" }
    return String(
      pairs.map { count in
        // What is there at all is seen.
        let height = Int((8 * Double(count) / Double(highest)).rounded())
        return heights[count > 0 ? max(height, 1) : 0]
      })
  }
}
