import ModelFiles

/// What is in an HDF5 file that is no model file, in words.
struct ContentsText {
  private let contents: HDF5Contents
  private let terminal: Terminal

  init(_ contents: HDF5Contents, terminal: Terminal) {
    self.contents = contents
    self.terminal = terminal
  }

  /// The whole report: the file, its datasets, then the attributes of all objects.
  func lines() -> [String] {
    var lines = [
      terminal.styled(contents.path, .bold),
      "\(contents.kind), \(NumberText.bytes(contents.byteCount))",
    ]
    let objects = contents.objects.filter { $0.path != "/" }
    if !objects.isEmpty {
      lines += ["", terminal.styled("Contents", .bold)] + table(objects)
    }
    let owners = contents.objects.filter { !$0.attributes.isEmpty }
    if !owners.isEmpty {
      lines += ["", terminal.styled("Attributes", .bold)]
      for owner in owners {
        lines.append("  " + owner.path.printable)
        lines += owner.attributes.flatMap(words)
      }
    }
    return lines
  }

  private func table(_ objects: [HDF5Contents.Object]) -> [String] {
    var table = TextTable([
      ("path", .left), ("type", .left), ("shape", .left), ("size", .right),
    ])
    for object in objects {
      let type = object.kind == .dataset ? object.type ?? "" : object.kind.rawValue
      table.add([
        object.path.printable, type.printable + (object.unread == nil ? "" : ", not read"),
        object.shape.map(shape) ?? "",
        object.unread == nil ? object.byteCount.map { NumberText.bytes($0) } ?? "" : "",
      ])
    }
    return table.lines(for: terminal)
  }

  private func words(_ attribute: HDF5Contents.Attribute) -> [String] {
    let mark = attribute.isShortened ? (terminal.isUnicode ? "…" : "~") : ""
    let list = attribute.shape.isEmpty ? "" : " [\(shape(attribute.shape))]"
    let text = "\(attribute.name) (\(attribute.type)\(list)): \(attribute.value)\(mark)"
    return text.printable.wrapped(to: max(terminal.width - 5, 20)).map { "    " + $0 }
  }

  private func shape(_ extents: [Int]) -> String {
    extents.map { "\($0)" }.joined(separator: terminal.isUnicode ? " × " : " x ")
  }
}
