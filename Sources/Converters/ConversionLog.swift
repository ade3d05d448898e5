import ModelFiles

/// What a converter writes down of everything that it meets. Nothing is passed over in silence.
package struct ConversionLog {
  /// Everything met so far.
  package private(set) var entries: [ConversionReport.Entry] = []

  /// Whether what has no counterpart is left out; otherwise it is refused.
  package let allowsLoss: Bool

  /// The file that is read or written, for messages.
  package let file: String

  /// A log without entries.
  package init(file: String, allowsLoss: Bool = false) {
    self.file = file
    self.allowsLoss = allowsLoss
  }

  /// Something means the same in the result.
  package mutating func map(_ subject: String, to result: String) {
    entries.append(.init(.mapped, subject, result))
  }

  /// Something means the same, written in another way.
  package mutating func change(_ subject: String, _ how: String) {
    entries.append(.init(.changed, subject, how))
  }

  /// Something has no influence on what the network computes.
  package mutating func ignore(_ subject: String, _ why: String) {
    entries.append(.init(.ignored, subject, why))
  }

  /// Something has no counterpart.
  ///
  /// - Throws: ``ConversionError`` unless losses are allowed.
  package mutating func lose(_ subject: String, _ why: String) throws(ConversionError) {
    guard allowsLoss else {
      throw ConversionError(file, subject, "\(why); --allow-loss leaves it out")
    }
    entries.append(.init(.lost, subject, why))
  }

  /// An error about something in the file, that no option lets pass.
  package func error(_ subject: String?, _ problem: String) -> ConversionError {
    ConversionError(file, subject, problem)
  }
}
