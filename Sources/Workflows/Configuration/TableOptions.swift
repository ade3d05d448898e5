import Datasets

extension ConfigurationOption {
  /// The options of reading tables and of turning rows into inputs.
  static let tableOptions: [ConfigurationOption] = fileOptions + columnOptions + validationOptions

  private static let fileOptions: [ConfigurationOption] = [
    ConfigurationOption(
      optional: "target", .table, "COLUMN", \.target, read: { try $0.string() },
      write: { .text($0) }, "Column to predict; several, as in price,kind, are an output each"),
    ConfigurationOption(
      optional: "task", .table, "TASK", \.task, read: { try $0.choice(LearningTask.self) },
      write: { .text($0.rawValue) },
      "classification, regression, or labels: any number of several, in one column as in a;b or in "
        + "several columns of yes and no; decided by the target's values when not given"
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
      "Options of single columns: kind, scaling, missing, encoding, use, and of sequences and "
        + "texts length, channels, unit, lowercase, vocabulary, padding, truncation, mask; in "
        + "YAML, or as in zip.kind=category,note.use=false"),
    ConfigurationOption(
      "input", .table, "INPUTS", \.inputs, read: inputs, write: written,
      "Columns that are one input of the network together, with their shape, as in "
        + "image=pixel0..pixel783:28x28x1"),
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

  static func parsed<Value: RawRepresentable>(
    _ value: ConfigurationValue, expected: String
  ) throws -> Value where Value.RawValue == String {
    let text = try value.string().lowercased().replacing("_", with: "-")
    guard let parsed = Value(rawValue: text) else {
      throw ConfigurationMismatch(expected: expected, found: value)
    }
    return parsed
  }
}
