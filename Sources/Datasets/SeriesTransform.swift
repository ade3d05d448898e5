import Kernels

/// How a field with several numbers becomes `[length, channels]`.
public struct SequenceTransform: Hashable, Sendable, Codable {
  public let length: Int
  /// The number of values of a step.
  public let channels: Int
  public let padding: SequenceEnd
  public let truncation: SequenceEnd
  /// Whether there is a second input `[length]` with 1 for steps that are there and 0 for others.
  public let hasMask: Bool
  /// Whether a missing sequence is an error; otherwise it has no steps.
  public let refusesMissing: Bool
  public let scaling: Scaling
  /// Of all numbers of all training rows together.
  public let statistics: NumberStatistics

  /// What is taken away before multiplying by ``scale``. Steps that are filled up are 0 after it.
  public var offset: Double { scaling.offset(statistics) }
  /// What is multiplied with.
  public var scale: Double { scaling.scale(statistics) }
}

/// How a text becomes `[length]` numbers of words or characters.
///
/// 0 fills up, 1 is what the vocabulary does not hold, its first entry is 2.
public struct TextTransform: Hashable, Sendable, Codable {
  public let unit: TextUnit
  public let lowercases: Bool
  public let length: Int
  public let padding: SequenceEnd
  public let truncation: SequenceEnd
  /// Whether a missing text is an error; otherwise it is empty.
  public let refusesMissing: Bool
  /// The words or characters, the most frequent first.
  public let vocabulary: [String]
  /// How often each stood in the training rows.
  public let counts: [Int]

  /// What fills up.
  public static let padding: Int32 = 0
  /// What stands for everything that the vocabulary does not hold.
  public static let unknown: Int32 = 1
  /// The number of the vocabulary's first entry.
  public static let first: Int32 = 2
}

// MARK: - Taking apart

extension TextTransform {
  /// The words or characters of a text.
  static func tokens(_ text: String, unit: TextUnit, lowercases: Bool) -> [Substring] {
    let text = lowercases ? text.lowercased() : text
    switch unit {
    case .characters: return text.indices.map { text[$0...$0] }
    case .words: return text.split { !($0.isLetter || $0.isNumber) }
    }
  }
}

extension SequenceTransform {
  /// The numbers of a field.
  ///
  /// - Returns: the numbers, and the first part that is none.
  static func numbers(_ field: String, decimal: UInt8) -> (numbers: [Double], wrong: String?) {
    var numbers: [Double] = []
    // Where a comma stands before fractions it cannot stand between numbers.
    let parts = field.utf8.split {
      $0 == 0x20 || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D || $0 == 0x3B
        || ($0 == 0x2C && decimal != 0x2C)
    }
    for part in parts {
      let (kind, value) = Text.number(Array(part), decimal: decimal)
      guard kind == .number else { return (numbers, String(decoding: part, as: UTF8.self)) }
      numbers.append(value)
    }
    return (numbers, nil)
  }
}

/// What the rows of a column of sequences or texts become, whether they stand in a table or in a file.
struct SeriesEncoder: Sendable {
  /// What is wrong with a field.
  enum Problem: Error {
    case missing
    case notANumber(String)
    case tooLarge(String)
    case incomplete(count: Int, channels: Int)
  }

  private let transform: Preprocessing.Transform
  private let places: [Substring: Int32]
  private let allowsUnreadable: Bool

  init(_ transform: Preprocessing.Transform, unreadable: ValuePolicy) {
    self.transform = transform
    allowsUnreadable = unreadable == .missing
    var places: [Substring: Int32] = [:]
    if case .text(let text) = transform {
      for (place, name) in text.vocabulary.enumerated() {
        places[name[...]] = TextTransform.first + Int32(place)
      }
    }
    self.places = places
  }

  /// Writes a field into a row of an input, and of the mask beside it.
  ///
  /// - Parameters:
  ///   - field: the text; nil for a missing one.
  ///   - decimal: what stands before fractions.
  ///   - set: puts a number at a place of the row, which is 0 everywhere before.
  ///   - setCode: the same for a row of indices.
  ///   - setMask: marks a step as there.
  func encode(
    _ field: String?, decimal: UInt8 = UInt8(ascii: "."), counts: inout EncodingReport.Counts,
    set: (Int, Float) -> Void,
    setCode: (Int, Int32) -> Void, setMask: (Int) -> Void
  ) throws(Problem) {
    switch transform {
    case .text(let text):
      guard let field else {
        guard !text.refusesMissing else { throw .missing }
        counts.missing += 1
        return
      }
      let tokens = TextTransform.tokens(field, unit: text.unit, lowercases: text.lowercases)
      let (kept, start) = text.span.window(tokens.count)
      if kept.count < tokens.count { counts.cut += 1 }
      for (step, place) in kept.enumerated() {
        setCode(start + step, places[tokens[place]] ?? TextTransform.unknown)
      }
    case .sequence(let sequence):
      try encode(
        field, sequence, decimal: decimal, counts: &counts, set: set, setMask: setMask)
    case .number, .boolean, .category:
      preconditionFailure("a column of single values is no series")
    }
  }

  private func encode(
    _ field: String?, _ sequence: SequenceTransform, decimal: UInt8,
    counts: inout EncodingReport.Counts,
    set: (Int, Float) -> Void, setMask: (Int) -> Void
  ) throws(Problem) {
    guard let field else {
      guard !sequence.refusesMissing else { throw .missing }
      counts.missing += 1
      return
    }
    let (numbers, wrong) = SequenceTransform.numbers(field, decimal: decimal)
    let channels = sequence.channels
    let scaled = numbers.map { Float(($0 - sequence.offset) * sequence.scale) }
    var problem: Problem?
    if let wrong {
      problem = .notANumber(wrong)
    } else if let place = scaled.firstIndex(where: { !$0.isFinite }) {
      problem = .tooLarge("\(numbers[place])")
    } else if numbers.count % channels != 0 {
      problem = .incomplete(count: numbers.count, channels: channels)
    }
    if let problem {
      guard allowsUnreadable else { throw problem }
      counts.unreadable += 1
      return
    }
    let steps = numbers.count / channels
    let (kept, start) = sequence.span.window(steps)
    if kept.count < steps { counts.cut += 1 }
    for (step, place) in kept.enumerated() {
      for channel in 0..<channels {
        set((start + step) * channels + channel, scaled[place * channels + channel])
      }
      setMask(start + step)
    }
  }
}

/// How rows of any length are brought to one.
struct SeriesSpan {
  let length: Int
  let padding: SequenceEnd
  let truncation: SequenceEnd

  /// Which of some steps are kept, and where the first of them goes.
  func window(_ count: Int) -> (kept: Range<Int>, start: Int) {
    guard count < length else {
      return (truncation == .end ? 0..<length : count - length..<count, 0)
    }
    return (0..<count, padding == .end ? 0 : length - count)
  }
}

extension SequenceTransform {
  var span: SeriesSpan { SeriesSpan(length: length, padding: padding, truncation: truncation) }
}

extension TextTransform {
  var span: SeriesSpan { SeriesSpan(length: length, padding: padding, truncation: truncation) }
}
