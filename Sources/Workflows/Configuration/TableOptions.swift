import Datasets

extension ConfigurationOption {
  /// The options of reading tables and of turning rows into inputs.
  static let tableOptions: [ConfigurationOption] = fileOptions + columnOptions + validationOptions

  private static let fileOptions: [ConfigurationOption] = [
    ConfigurationOption(
      optional: "target", .table, "COLUMN", \.target, read: { try $0.string() },
      write: { .text($0) }, "Column to predict"),
    ConfigurationOption(
      optional: "task", .table, "TASK", \.task, read: { try $0.choice(LearningTask.self) },
      write: { .text($0.rawValue) },
      "classification or regression; decided by the target's values when not given"
    ).offering(LearningTask.allCases.map { $0.rawValue }),
    ConfigurationOption(
      optional: "delimiter", .table, "CHARACTER", \.delimiter, read: delimiter,
      write: { .text($0 == .tab ? "tab" : $0.rawValue) },
      "Character between fields: , ; | or tab; found out when not given"),
    ConfigurationOption(
      optional: "header", .table, "BOOL", \.hasHeader, read: { try $0.bool() },
      write: { .flag($0) }, "Whether the first row names the columns; found out when not given"),
    ConfigurationOption(
      optional: "decimal_mark", .table, "CHARACTER", \.decimalMark,
      read: { try $0.choice(CSVOptions.DecimalMark.self) }, write: { .text($0.rawValue) },
      "Character before the fraction of a number: . or a comma; found out when not given"),
  ]

  private static let columnOptions: [ConfigurationOption] = [
    ConfigurationOption(
      "ignore", .table, "COLUMNS", \.ignore, read: { try $0.list().map { try $0.string() } },
      write: { .list($0.map { .text($0) }) }, "Columns not to look at, as in id,name"),
    ConfigurationOption(
      "scaling", .table, "KIND", \.scaling, read: { try $0.choice(Scaling.self) },
      write: { .text($0.rawValue) }, "How numbers are scaled: standard, min-max, none (standard)"
    ).offering(Scaling.allCases.map { $0.rawValue }),
    ConfigurationOption(
      "target_scaling", .table, "KIND", \.targetScaling, read: { try $0.choice(Scaling.self) },
      write: { .text($0.rawValue) }, "How the target of a regression is scaled (standard)"
    ).offering(Scaling.allCases.map { $0.rawValue }),
    ConfigurationOption(
      "encoding", .table, "KIND", \.encoding,
      read: { value in
        try parsed(value, expected: "one-hot, or embedding and its length as in embedding:8")
      }, write: { .text($0.rawValue) },
      "How categories become numbers: one-hot, or embedding and its length as in embedding:8 "
        + "(one-hot)"
    ).offering(["one-hot", "embedding:8"]),
    ConfigurationOption(
      "missing", .table, "FILL", \.missing,
      read: { try parsed($0, expected: "mean, median, error, or a number as in constant:0") },
      write: { .text($0.rawValue) },
      "What replaces a missing number: mean, median, constant:0, or error (mean)"
    ).offering(["mean", "median", "error"]),
    ConfigurationOption(
      "unknown", .table, "POLICY", \.unknown, read: { try $0.choice(ValuePolicy.self) },
      write: { .text($0.rawValue) },
      "What happens to a category that training did not see: missing or error (missing)"
    ).offering(ValuePolicy.allCases.map { $0.rawValue }),
    ConfigurationOption(
      "missing_column", .table, "POLICY", \.missingColumn,
      read: { try $0.choice(ValuePolicy.self) }, write: { .text($0.rawValue) },
      "What happens when a table to predict lacks a column: error or missing (error)"
    ).offering(ValuePolicy.allCases.map { $0.rawValue }),
    ConfigurationOption(
      "unreadable", .table, "POLICY", \.unreadable, read: { try $0.choice(ValuePolicy.self) },
      write: { .text($0.rawValue) },
      "What happens to text, infinities and too large numbers among numbers: error or missing "
        + "(error)"
    ).offering(ValuePolicy.allCases.map { $0.rawValue }),
    ConfigurationOption(
      "columns", .table, "OPTIONS", \.columns, read: columns, write: written,
      "Options of single columns: kind, scaling, missing, encoding, use; in YAML, or as in "
        + "zip.kind=category,note.use=false"),
  ]

  private static let validationOptions: [ConfigurationOption] = [
    ConfigurationOption(
      "validation_split", .table, "SHARE", \.validationSplit,
      read: { value in
        let share = try value.double()
        guard share >= 0, share < 1 else {
          throw ConfigurationMismatch(expected: "0 up to below 1", found: value)
        }
        return share
      }, write: { .number($0) },
      "Share of the rows held out to judge each epoch, the same share of every class; 0 for none "
        + "(0.2)"),
    ConfigurationOption(
      optional: "validation", .table, "FILE", \.validation, read: { try $0.string() },
      write: { .text($0) }, "Table to judge each epoch by, in place of held-out rows"),
  ]
}

// MARK: - Reading and writing

extension ConfigurationOption {
  @Sendable private static func delimiter(
    _ value: ConfigurationValue
  ) throws -> CSVOptions.Delimiter {
    let names = ["tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "bar": "|"]
    let text = try value.string()
    guard let delimiter = CSVOptions.Delimiter(rawValue: names[text.lowercased()] ?? text) else {
      throw ConfigurationMismatch(expected: ", ; | or tab", found: value)
    }
    return delimiter
  }

  private static func parsed<Value: RawRepresentable>(
    _ value: ConfigurationValue, expected: String
  ) throws -> Value where Value.RawValue == String {
    let text = try value.string().lowercased().replacing("_", with: "-")
    guard let parsed = Value(rawValue: text) else {
      throw ConfigurationMismatch(expected: expected, found: value)
    }
    return parsed
  }

  @Sendable private static func columns(
    _ value: ConfigurationValue
  ) throws -> [String: ColumnOptions] {
    var columns: [String: ColumnOptions] = [:]
    if case .text = value {
      // zip.kind=category,note.use=false
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
    default:
      throw ConfigurationMismatch(
        expectedOneOf: ["kind", "scaling", "missing", "encoding", "use"], found: name)
    }
  }

  @Sendable private static func written(_ columns: [String: ColumnOptions]) -> ConfigurationValue {
    .map(
      columns.mapValues { column in
        var options: [String: ConfigurationValue] = [:]
        options["kind"] = column.kind.map { .text($0.rawValue) }
        options["scaling"] = column.scaling.map { .text($0.rawValue) }
        options["missing"] = column.missing.map { .text($0.rawValue) }
        options["encoding"] = column.encoding.map { .text($0.rawValue) }
        options["use"] = column.isUsed.map { .flag($0) }
        return .map(options)
      })
  }
}
