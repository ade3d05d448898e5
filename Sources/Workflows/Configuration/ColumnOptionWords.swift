import Datasets

// The options of single columns, in YAML as
//
//     columns:
//       zip: {kind: category}
//       review: {kind: text, unit: characters, length: 200}
//
// and as a flag in one line, `zip.kind=category,review.kind=text`.

extension ConfigurationOption {
  @Sendable static func columns(
    _ value: ConfigurationValue
  ) throws -> [String: ColumnOptions] {
    var columns: [String: ColumnOptions] = [:]
    if case .text = value {
      for part in try value.list() {
        let sides = try part.string().split(separator: "=", maxSplits: 1)
        guard sides.count == 2, let dot = sides[0].lastIndex(of: ".") else {
          throw ConfigurationMismatch(expected: "column.option=value", found: part)
        }
        try set(
          String(sides[0][sides[0].index(after: dot)...]), to: .text(String(sides[1])),
          in: &columns[String(sides[0][..<dot]), default: ColumnOptions()])
      }
      return columns
    }
    for (name, options) in try value.map() {
      var column = ColumnOptions()
      for (option, value) in try options.map() { try set(option, to: value, in: &column) }
      columns[name] = column
    }
    return columns
  }

  private static let columnOptionNames = [
    "kind", "scaling", "missing", "encoding", "use", "length", "channels", "unit", "lowercase",
    "vocabulary", "padding", "truncation", "mask",
  ]

  private static func set(
    _ name: String, to value: ConfigurationValue, in column: inout ColumnOptions
  ) throws {
    switch name {
    case "kind": column.kind = try value.choice(ColumnKind.self)
    case "scaling": column.scaling = try value.choice(Scaling.self)
    case "missing":
      column.missing = try parsed(
        value, expected: "mean, median, error, or a number as in constant:0")
    case "encoding":
      column.encoding = try parsed(
        value, expected: "one-hot, or embedding and its length as in embedding:8")
    case "use": column.isUsed = try value.bool()
    case "length": column.series.length = try extent(value)
    case "channels": column.series.channels = try extent(value)
    case "unit": column.series.unit = try value.choice(TextUnit.self)
    case "lowercase": column.series.lowercases = try value.bool()
    case "vocabulary": column.series.vocabularyLimit = try extent(value)
    case "padding": column.series.padding = try value.choice(SequenceEnd.self)
    case "truncation": column.series.truncation = try value.choice(SequenceEnd.self)
    case "mask": column.series.hasMask = try value.bool()
    default:
      throw ConfigurationMismatch(expectedOneOf: columnOptionNames, found: name)
    }
  }

  /// The extent of an axis.
  private static func extent(_ value: ConfigurationValue) throws -> Int {
    let extent = try positive(value)
    guard extent <= 1 << 24 else {
      throw ConfigurationMismatch(expected: "1 to \(1 << 24)", found: value)
    }
    return extent
  }

  @Sendable static func written(_ columns: [String: ColumnOptions]) -> ConfigurationValue {
    .map(
      columns.mapValues { column in
        let series = column.series
        var options: [String: ConfigurationValue] = [:]
        options["kind"] = column.kind.map { .text($0.rawValue) }
        options["scaling"] = column.scaling.map { .text($0.rawValue) }
        options["missing"] = column.missing.map { .text($0.rawValue) }
        options["encoding"] = column.encoding.map { .text($0.rawValue) }
        options["use"] = column.isUsed.map { .flag($0) }
        options["length"] = series.length.map { .integer($0) }
        options["channels"] = series.channels.map { .integer($0) }
        options["unit"] = series.unit.map { .text($0.rawValue) }
        options["lowercase"] = series.lowercases.map { .flag($0) }
        options["vocabulary"] = series.vocabularyLimit.map { .integer($0) }
        options["padding"] = series.padding.map { .text($0.rawValue) }
        options["truncation"] = series.truncation.map { .text($0.rawValue) }
        options["mask"] = series.hasMask.map { .flag($0) }
        return .map(options)
      })
  }
}

// Blocks of columns, in YAML as
//
//     input:
//       image: {columns: pixel0..pixel783, shape: 28x28x1, scaling: min-max}
//
// and as a flag in one line, `image=pixel0..pixel783:28x28x1`, more of them behind commas, single
// columns joined by `+`.

extension ConfigurationOption {
  @Sendable static func inputs(_ value: ConfigurationValue) throws -> [BlockOptions] {
    if case .text = value { return try value.list().map { try block($0) } }
    return try value.map().sorted { $0.key < $1.key }.map { name, options in
      if case .text(let text) = options { return try block(.text("\(name)=\(text)")) }
      var block = BlockOptions(name, columns: [])
      for (option, value) in try options.map() {
        switch option {
        case "columns": block.columns = try value.list().map { try $0.string() }
        case "shape": block.shape = try shape(value)
        case "scaling": block.scaling = try value.choice(Scaling.self)
        case "missing":
          block.missing = try parsed(
            value, expected: "mean, median, error, or a number as in constant:0")
        default:
          throw ConfigurationMismatch(
            expectedOneOf: ["columns", "shape", "scaling", "missing"], found: option)
        }
      }
      guard !block.columns.isEmpty else {
        throw ConfigurationMismatch(expected: "\(name): columns", found: options)
      }
      return block
    }
  }

  private static func block(_ value: ConfigurationValue) throws -> BlockOptions {
    let text = try value.string()
    let wrong = ConfigurationMismatch(expected: "name=columns:shape", found: value)
    guard let equal = text.firstIndex(of: "="), equal != text.startIndex else { throw wrong }
    let rest = text[text.index(after: equal)...]
    var columns = rest
    var shape: [Int]?
    if let colon = rest.lastIndex(of: ":") {
      columns = rest[..<colon]
      shape = try self.shape(.text(String(rest[rest.index(after: colon)...])))
    }
    guard !columns.isEmpty else { throw wrong }
    return BlockOptions(
      String(text[..<equal]), columns: columns.split(separator: "+").map(String.init), shape: shape)
  }

  /// 28x28x1, or a list.
  private static func shape(_ value: ConfigurationValue) throws -> [Int] {
    if case .list(let extents) = value { return try extents.map { try extent($0) } }
    let parts = try value.string().split(separator: "x", omittingEmptySubsequences: false)
    return try parts.map { part in
      guard let number = Int(part), (1...1 << 24).contains(number) else {
        throw ConfigurationMismatch(expected: "a shape as in 28x28x1", found: value)
      }
      return number
    }
  }

  @Sendable static func written(_ blocks: [BlockOptions]) -> ConfigurationValue {
    .map(
      Dictionary(
        blocks.map { block in
          var options: [String: ConfigurationValue] = [:]
          options["columns"] = .list(block.columns.map { .text($0) })
          options["shape"] = block.shape.map { .list($0.map { .integer($0) }) }
          options["scaling"] = block.scaling.map { .text($0.rawValue) }
          options["missing"] = block.missing.map { .text($0.rawValue) }
          return (block.name, .map(options))
        }, uniquingKeysWith: { $1 }))
  }
}
