/// What two models answer to the same rows.
public struct BehaviourReport: Encodable, Sendable {
  /// The table or the arrays.
  public let data: String
  /// The number of rows.
  public let rowCount: Int
  /// What differs for each output.
  public let outputs: [Output]
  /// What was noticed, one line each.
  public let notes: [String]

  /// Whether all answers are the same, or within the tolerance.
  public var isSame: Bool { outputs.allSatisfy(\.isSame) }

  /// What differs for one output.
  public struct Output: Encodable, Sendable {
    /// What is predicted.
    public let target: String
    /// What the answers are: classes, labels or numbers; nil where the models answer different things.
    public let kind: AnswerKind?
    /// Whether all answers are the same, or within the tolerance.
    public let isSame: Bool
    /// The rows whose class or labels are others.
    public let flippedCount: Int
    /// The first of them.
    public let flips: [Flip]
    /// The largest change of a probability or a number, and the mean over all.
    public let largestChange: Double
    public let meanChange: Double
    /// The rows with the largest changes, the largest first.
    public let largest: [NumberChange]
    /// The scores of both, where the table has the target.
    public let oldScores: Evaluation.TargetResult?
    public let newScores: Evaluation.TargetResult?

    private enum CodingKeys: String, CodingKey {
      case target, kind, isSame, flips, largestChange, meanChange, largest, oldScores, newScores
      case flippedCount = "flipped"
    }
  }

  /// What an output answers.
  public enum AnswerKind: String, Encodable, Hashable, Sendable {
    case classes, labels, numbers
  }

  /// A row to which both answer otherwise.
  public struct Flip: Encodable, Hashable, Sendable {
    /// Its number, from 1.
    public let row: Int
    public let old: String
    public let oldProbability: Double
    public let new: String
    public let newProbability: Double
  }

  /// A number that changed.
  public struct NumberChange: Encodable, Hashable, Sendable {
    /// The row's number, from 1.
    public let row: Int
    /// The class or label whose probability it is; nil for a number.
    public let name: String?
    public let old: Double
    public let new: Double
  }

  private enum CodingKeys: String, CodingKey {
    case data, outputs, notes, isSame
    case rowCount = "rows"
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(data, forKey: .data)
    try container.encode(rowCount, forKey: .rowCount)
    try container.encode(isSame, forKey: .isSame)
    try container.encode(outputs, forKey: .outputs)
    try container.encode(notes, forKey: .notes)
  }
}
