import Layers
import Training

/// Changes to a JSON text that leave it JSON: values replaced, copied, put in twice and taken out.
struct JSONMutation {
  private var random: RandomChoices

  init(seed: UInt32) { random = RandomChoices(seed: seed) }

  /// A changed text.
  mutating func mutated(_ text: [UInt8]) -> [UInt8] {
    var text = text
    for _ in 0...random.number(below: 3) {
      let values = JSONMutation.values(of: text)
      guard let value = random.one(of: values) else { return text }
      switch random.number(below: 8) {
      case 0, 1, 2: text.replaceSubrange(value, with: interesting())
      case 3: text.replaceSubrange(value, with: word())
      case 4, 5:
        guard let other = random.one(of: values) else { return text }
        text.replaceSubrange(value, with: Array(text[other]))
      case 6: text.replaceSubrange(value, with: Array(text[value]) + [0x2c] + Array(text[value]))
      default: remove(value, from: &text)
      }
    }
    return text
  }

  /// Takes a value out of its list, with the comma that follows or precedes it.
  private func remove(_ value: Range<Int>, from text: inout [UInt8]) {
    var range = value
    if range.upperBound < text.count, text[range.upperBound] == 0x2c {
      range = range.lowerBound..<range.upperBound + 1
    } else if range.lowerBound > 0, text[range.lowerBound - 1] == 0x2c {
      range = range.lowerBound - 1..<range.upperBound
    }
    text.removeSubrange(range)
  }

  /// A value at the edge of something.
  private mutating func interesting() -> [UInt8] {
    Array((random.one(of: JSONMutation.edges) ?? "0").utf8)
  }

  /// A name that files know.
  private mutating func word() -> [UInt8] {
    Array("\"\(random.one(of: JSONMutation.words) ?? "")\"".utf8)
  }

  private static let edges = [
    "-1", "0", "1", "2", "3", "8", "9", "64", "255", "65536", "1000003", "2147483647",
    "2147483648", "-2147483648", "1099511627776", "2199023255552", "281474976710656",
    "4611686018427387904", "9223372036854775807", "-9223372036854775808", "18446744073709551615",
    "0.5", "-0.0", "1e-320", "1e308", "-1e308", "1e999", "null", "true", "false", "\"nan\"",
    "\"infinity\"", "\"\"", "\" \"", "\"1\"", "\"1.0\"", "\"é\"", "\"e\\u0301\"", "\"\\n\"",
    "\"a/b\"", "[]", "{}", "[0]", "[1,1,1,1,1,1,1,1]", "[-1]", "[2199023255552,0]",
  ]

  private static let words =
    LayerCatalog.standard.names + OptimizerCatalog.standard.names + ScheduleCatalog.standard.names
    + LossCatalog.standard.names + [
      "number", "boolean", "category", "classes", "one-hot", "embedding:1", "embedding:4096",
      "standard", "min-max", "none", "mean", "median", "error", "missing", "constant:1e300",
      "step", "epoch", "softmax", "sigmoid", "identity", "finished", "features", "x",
      "constant(1e300)", "dense_1", "dense_1/kernel", "5%",
    ]

  /// The range of every value and key, those of lists and objects with all that is in them.
  static func values(of text: [UInt8]) -> [Range<Int>] {
    var values: [Range<Int>] = []
    var open: [Int] = []
    var place = 0
    while place < text.count {
      switch text[place] {
      case UInt8(ascii: "\""):
        let start = place
        place += 1
        while place < text.count, text[place] != UInt8(ascii: "\"") {
          place += text[place] == UInt8(ascii: "\\") ? 2 : 1
        }
        place = min(place + 1, text.count)
        values.append(start..<place)
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        open.append(place)
        place += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        place += 1
        if let start = open.popLast() { values.append(start..<place) }
      case UInt8(ascii: ","), UInt8(ascii: ":"), UInt8(ascii: " "): place += 1
      default:
        let start = place
        while place < text.count, !",:]}\"[{ ".utf8.contains(text[place]) { place += 1 }
        values.append(start..<place)
      }
    }
    return values
  }
}
