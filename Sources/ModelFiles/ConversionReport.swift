/// What became of everything that a conversion from or to another program's file has met.
public struct ConversionReport: Codable, Hashable, Sendable {
  /// What became of one thing.
  public enum Fate: String, Codable, Hashable, Sendable, CaseIterable {
    /// It means the same there.
    case mapped
    /// It means the same, written in another way: other axes, another order, two things for one.
    case changed
    /// It has no influence on what the network computes, and was left out.
    case ignored
    /// It has no counterpart, and was left out since the user allowed it.
    case lost
  }

  /// One thing and its fate.
  public struct Entry: Codable, Hashable, Sendable {
    /// What became of it.
    public var fate: Fate
    /// What it is, as the source names it: `layer conv2d`, `weights dense/kernel`, `optimizer`.
    public var subject: String
    /// What it became, or why it was left out.
    public var note: String

    /// An entry.
    public init(_ fate: Fate, _ subject: String, _ note: String) {
      self.fate = fate
      self.subject = subject
      self.note = note
    }
  }

  /// The kind of the source, as `keras` or `onnx`.
  public var source: String
  /// The kind of the result.
  public var target: String
  /// Everything met, in the order of the source.
  public var entries: [Entry]

  /// A report.
  public init(source: String, target: String, entries: [Entry] = []) {
    self.source = source
    self.target = target
    self.entries = entries
  }
}
