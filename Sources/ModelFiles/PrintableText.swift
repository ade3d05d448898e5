extension String {
  /// The text as a message may hold it, whoever wrote it: on one line, without characters that
  /// steer a terminal, and no longer than a reader reads.
  ///
  /// Control characters, and those that turn the direction of writing, become `\u{1b}` and the like.
  package var printable: String {
    var printable = ""
    var count = 0
    for scalar in unicodeScalars {
      guard count < String.longestMessage else { return printable + "…" }
      count += 1
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator:
        printable += "\\u{\(String(scalar.value, radix: 16))}"
      default: printable.unicodeScalars.append(scalar)
      }
    }
    return printable
  }

  /// The most characters of a message.
  private static let longestMessage = 2000
}
