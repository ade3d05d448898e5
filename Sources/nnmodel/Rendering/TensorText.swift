import Workflows

/// The tensors of a file in words, group by group.
enum TensorText {
  /// A line per tensor; types and sizes only where the terminal is wide enough for them.
  static func lines(_ tensors: [TensorReport], for terminal: Terminal) -> [String] {
    let isWide = !terminal.isTerminal || terminal.width >= 100
    let wide = Terminal(
      isTerminal: terminal.isTerminal, width: max(terminal.width, 200),
      usesColor: terminal.usesColor, isUnicode: terminal.isUnicode)
    var lines: [String] = []
    for (group, members) in groups(of: tensors) {
      if !lines.isEmpty { lines.append("") }
      lines.append("  " + group)
      lines += table(members, isWide: isWide).lines(indent: 4, for: isWide ? wide : terminal)
    }
    return isWide
      ? lines : lines + ["", "  types and bytes are shown on 100 columns and by --json"]
  }

  /// The tensors by the folder they are in, `/weights` or `/optimizer/first_moment`, in order.
  private static func groups(
    of tensors: [TensorReport]
  ) -> [(name: String, members: [(name: String, tensor: TensorReport)])] {
    var groups: [(name: String, members: [(name: String, tensor: TensorReport)])] = []
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

  private static func table(
    _ members: [(name: String, tensor: TensorReport)], isWide: Bool
  ) -> TextTable {
    var columns: [(title: String, alignment: TextTable.Alignment)] = [
      ("name", .left), ("shape", .left), ("min", .right), ("max", .right), ("mean", .right),
      ("std", .right), ("zeros", .right), ("NaN", .right),
    ]
    if isWide { columns += [("infinite", .right), ("type", .left), ("bytes", .right)] }
    var table = TextTable(columns)
    for (name, tensor) in members {
      var row = [name, tensor.shape.map { "\($0)" }.joined(separator: "x")]
      row += [tensor.minimum, tensor.maximum, tensor.mean, tensor.deviation].map {
        NumberText.short($0, digits: 3)
      }
      row += ["\(tensor.zeroCount)", "\(tensor.nanCount)"]
      if isWide {
        row += ["\(tensor.infinityCount)", tensor.elementType, NumberText.count(tensor.byteCount)]
      }
      table.add(row)
    }
    return table
  }
}
