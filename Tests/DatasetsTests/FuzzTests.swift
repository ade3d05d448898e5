import Foundation
import Tensors
import Testing

@testable import Datasets

struct FuzzTests {
  /// One of some values, decided by a counter.
  private func pick<Value>(_ values: [Value], _ random: RandomStream, _ index: inout Int) -> Value {
    index += 1
    return values[random.integer(below: values.count, at: index)]
  }

  @Test("Random bytes give a table or a worded error, and the same in blocks of any size")
  func randomText() throws {
    let folder = try Folder()
    let pieces = [
      "1", "-2.5", "abc", "\"", "\"\"", ",", ",", ",", "\n", "\n", "\r\n", " ", ";", "e9", "é",
      "\"x,y\"", "NA", "\"two\nlines\"", "1.5", "\t",
    ]
    var outcomes = Set<String>()
    for seed in 0..<3000 {
      let random = RandomStream(seed: UInt64(seed), stream: 1)
      var index = 0
      var text = "a,b\n"
      for _ in 0..<(5 + seed % 60) { text += pick(pieces, random, &index) }
      let path = try folder.file(text)
      func outcome(_ size: Int) -> String {
        do {
          return try "\(records(path, blockByteCount: size))"
        } catch {
          return "\(error)"
        }
      }
      let whole = outcome(1 << 20)
      outcomes.insert(whole)
      #expect(outcome(1) == whole, "seed \(seed)")
      #expect(outcome(40) == whole, "seed \(seed)")
    }
    // Neither all errors nor all tables.
    #expect(outcomes.count { $0.hasPrefix("[") } > 20 && outcomes.count > 100)
  }

  @Test("Regular tables with random quoting come back as they were written")
  func roundTrip() throws {
    let folder = try Folder()
    let pieces = ["a", "1", "\"", ",", "\n", " x", "é", ";", "", "\r\n", "long text of any kind"]
    for seed in 0..<500 {
      let random = RandomStream(seed: UInt64(seed), stream: 2)
      var index = 0
      let columns = 2 + seed % 4
      var expected = [(0..<columns).map { "c\($0)" }]
      var text = expected[0].joined(separator: ",") + "\n"
      for _ in 0..<(1 + seed % 30) {
        let row = (0..<columns).map { _ in
          "v" + (0..<3).map { _ in pick(pieces, random, &index) }.joined() + "v"
        }
        expected.append(row)
        text +=
          row.map { field in
            field.contains { ",\n\r\"\r\n".contains($0) } || pick([true, false], random, &index)
              ? "\"" + field.replacingOccurrences(of: "\"", with: "\"\"") + "\"" : field
          }.joined(separator: ",") + pick(["\n", "\r\n"], random, &index)
      }
      let path = try folder.file(text)
      #expect(try records(path, blockByteCount: 1 << 20) == expected, "seed \(seed)")
      #expect(try records(path, blockByteCount: 64) == expected, "seed \(seed)")
    }
  }

  @Test("Numbers of every length in every lane are encoded as one by one")
  func lanes() throws {
    let random = RandomStream(seed: 3, stream: 3)
    var index = 0
    let fields = [
      "1", "-1", "+1", "12345678", "-1234567.", "-.1234567", "123456789", "-0", "0.1234567890123",
      "NA", "", " 5", "5 ", "\"6\"", "1e3", "-123456.7", "1234.567", "00000001", "0.000001", "?",
    ]
    for columns in [1, 2, 3, 7, 8, 9, 16, 17, 20] {
      var text = (0..<columns).map { "x\($0)," }.joined() + "y\n"
      for row in 0..<200 {
        for _ in 0..<columns { text += pick(fields, random, &index) + "," }
        text += row % 3 == 0 ? "0.5\r\n" : "\(row).5\n"
      }
      let whole = try table(text)
      let fitted = try Preprocessing(fitting: whole, target: "y")
      let expected = try fitted.encode(whole)
      let parts = try encodeByBlocks(text, with: fitted, blockByteCount: 500)
      #expect(parts.inputs == expected.inputs.map { $0.tensor.doubles() })
      #expect(parts.targets == expected.targets?[0].doubles())
      #expect(parts.report == expected.report)
    }
  }
}
