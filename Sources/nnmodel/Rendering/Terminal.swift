#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif
import Foundation
import Workflows

/// Where text goes, and what may be done there.
struct Terminal: Sendable {
  /// Whether a person watches; otherwise it is a file or a pipe.
  let isTerminal: Bool
  /// The number of columns; 80 where nobody says.
  let width: Int
  /// Whether colours are welcome.
  let usesColor: Bool
  /// Whether characters beyond ASCII can be shown.
  let isUnicode: Bool

  /// A terminal for tests and for text that goes nowhere in particular.
  init(isTerminal: Bool = false, width: Int = 80, usesColor: Bool = false, isUnicode: Bool = true) {
    self.isTerminal = isTerminal
    self.width = width
    self.usesColor = usesColor
    self.isUnicode = isUnicode
  }

  private init(descriptor: Int32) {
    let environment = ProcessInfo.processInfo.environment
    let isDumb = environment["TERM"] == "dumb"
    isTerminal = isatty(descriptor) == 1 && !isDumb
    // An empty NO_COLOR does not count: https://no-color.org
    usesColor = isTerminal && (environment["NO_COLOR"] ?? "").isEmpty
    width = Terminal.width(of: descriptor) ?? 80
    let locale =
      ["LC_ALL", "LC_CTYPE", "LANG"].lazy
      .compactMap { environment[$0] }.first { !$0.isEmpty } ?? ""
    isUnicode = locale.lowercased().replacing("-", with: "").hasSuffix("utf8")
  }

  /// Where results go.
  static let output = Terminal(descriptor: STDOUT_FILENO)
  /// Where progress and errors go.
  static let error = Terminal(descriptor: STDERR_FILENO)

  private static func width(of descriptor: Int32) -> Int? {
    var size = winsize()
    guard unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col >= 20 else {
      return nil
    }
    return Int(size.ws_col)
  }
}

// MARK: - Style

extension Terminal {
  /// The ways in which words stand out.
  enum Style: String {
    case bold = "1"
    case dim = "2"
    case red = "31"
    case green = "32"
    case cyan = "36"
  }

  /// A text in a style, where colours are welcome.
  func styled(_ text: String, _ style: Style) -> String {
    usesColor ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text
  }
}

// MARK: - Writing

/// Writes lines of a result to standard output at once.
///
/// - Throws: `FileError` when they cannot be written, as on a full disk.
func printOutput(_ lines: String...) throws { try printOutput(lines) }

/// Writes lines of a result to standard output at once.
///
/// - Throws: `FileError` when they cannot be written, as on a full disk.
func printOutput(_ lines: [String]) throws {
  do {
    let text = lines.map { $0 + "\n" }.joined()
    try FileHandle.standardOutput.write(contentsOf: Data(text.utf8))
  } catch {
    throw FileError("standard output", "cannot be written")
  }
}

/// Writes a line to standard error.
func printError(_ line: String) { writeError(line + "\n") }

/// Writes a text to standard error at once. That nobody reads it is no reason to stop.
func writeError(_ text: String) {
  try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
}
