import Workflows

/// What is in a file of another program, in words.
struct ForeignText {
  private let report: ForeignReport
  private let terminal: Terminal

  init(_ report: ForeignReport, terminal: Terminal) {
    self.report = report
    self.terminal = terminal
  }

  /// The whole report: the file, what it computes, its tensors.
  func lines() -> [String] {
    var lines = [
      terminal.styled(report.path, .bold),
      "\(report.kind.description), \(NumberText.bytes(report.byteCount))",
    ]
    for fact in report.facts {
      lines += hanging(fact.name.printable, fact.value.printable)
    }
    if !report.operations.isEmpty {
      lines += ["", terminal.styled("Layers", .bold)] + operations()
    }
    if !report.tensors.isEmpty {
      lines += ["", terminal.styled("Tensors", .bold)] + tensors()
    }
    return lines
  }

  private func hanging(_ name: String, _ value: String) -> [String] {
    let width = 15
    let room = max(terminal.width - width - 3, 20)
    return value.wrapped(to: room).enumerated().map { index, line in
      let label = index == 0 ? name.cut(to: width - 1, isUnicode: terminal.isUnicode) : ""
      return "  " + label.padded(to: width) + line.cut(to: room, isUnicode: terminal.isUnicode)
    }
  }

  private func operations() -> [String] {
    var table = TextTable([("layer", .left), ("kind", .left), ("takes", .left)])
    for operation in report.operations {
      table.add([
        operation.name.printable, operation.kind.printable,
        operation.inputs.joined(separator: ", ").printable,
      ])
    }
    return table.lines(for: terminal)
  }

  private func tensors() -> [String] {
    var table = TextTable([("name", .left), ("type", .left), ("shape", .left), ("size", .right)])
    var groups: [(key: [String], name: String, count: Int, byteCount: Int)] = []
    var places: [[String]: Int] = [:]
    for tensor in report.tensors {
      let shape = tensor.shape.map { "\($0)" }.joined(separator: terminal.isUnicode ? " × " : " x ")
      let name = tensor.name.printable
      let key = [FoldedNames.pattern(of: name), tensor.elementType, shape]
      if let place = places[key] {
        groups[place].count += 1
        groups[place].byteCount += tensor.byteCount ?? 0
      } else {
        places[key] = groups.count
        groups.append((key, name, 1, tensor.byteCount ?? 0))
      }
    }
    for group in groups {
      table.add([
        group.count == 1 ? group.name : "\(group.key[0]) (\(NumberText.count(group.count)))",
        group.key[1], group.key[2], group.byteCount == 0 ? "" : NumberText.bytes(group.byteCount),
      ])
    }
    let total = report.tensors.reduce(0) { $0 + ($1.byteCount ?? 0) }
    return table.lines(for: terminal) + [
      "  \(NumberText.count(report.tensors.count, "tensor")), \(NumberText.bytes(total))"
    ]
  }
}
