import Foundation
import Kernels
import Testing

@testable import Datasets

struct TextNumberTests {
  private func read(_ text: String) -> Double { Text.number(Array(text.utf8)).value }

  @Test("Numbers are read as Swift reads them, bit for bit")
  func random() {
    var generator = SystemRandomNumberGenerator()
    func digits(_ count: ClosedRange<Int>) -> String {
      String(
        (0..<Int.random(in: count, using: &generator)).map { _ in
          "0123456789".randomElement() ?? "0"
        })
    }
    for _ in 0..<200_000 {
      var text = ["", "-", "+"].randomElement()! + digits(1...12)
      if Bool.random() { text += "." + digits(1...12) }
      if Int.random(in: 0..<4) == 0 { text += "e\(Int.random(in: -30...18))" }
      guard let expected = Double(text) else {
        Issue.record("not a number for Swift: \(text)")
        continue
      }
      #expect(read(text).bitPattern == expected.bitPattern, "\(text)")
    }
    for _ in 0..<200_000 {
      let text = digits(1...10) + "." + digits(5...10)
      #expect(read(text).bitPattern == Double(text)?.bitPattern, "\(text)")
    }
    for _ in 0..<200_000 {
      let value = Double(bitPattern: UInt64.random(in: 0...UInt64.max, using: &generator))
      guard value.isFinite, abs(value) < 3e38 else { continue }
      #expect(read("\(value)").bitPattern == value.bitPattern, "\(value)")
      let small = Double.random(in: -5...5)
      #expect(read("\(small)").bitPattern == small.bitPattern, "\(small)")
    }
  }

  @Test(
    "Hard numbers are rounded correctly",
    arguments: [
      "9007199254740993", "9007199254740992.5", "9007199254740993.0000000000001",
      "0.500000000000000166533453693773481063544750213623046875", "1.7976931348623157e30",
      "8.988465674311580e-300", "4.9e-324", "2.2250738585072011e-308", "1e23", "8.5e22",
      "18446744073709551615", "18446744073709551616", "123456789012345678901234567890",
      "0.1e-6", "5e-324", "0.000000000000000000000000000000000000001", "1.0e27", "1e-27",
      "9999999999999999", "99999999.99999999", "1234567.8", "12345678.9", ".5", "5.", "-.5",
      "-0", "0.0", "000000000000000000000000000001", "6929495644600919.5", "3.4028235e38",
      "179769313486231580793e10", "1e+5", "1E5", "-935652127460.4653931",
    ])
  func hard(_ text: String) {
    let swift = text.hasSuffix(".") ? text + "0" : text
    #expect(read(text).bitPattern == Double(swift)!.bitPattern)
  }

  @Test("What is no number is told apart")
  func kinds() {
    let kinds: [(String, Text.FieldKind)] = [
      ("", .missing), ("  ", .missing), ("NA", .missing), ("n/a", .missing), ("NaN", .missing),
      ("null", .missing), ("None", .missing), ("?", .missing), ("-", .missing),
      ("\"\"", .missing), ("inf", .infinite), ("-Infinity", .infinite), ("1e39", .tooLarge),
      ("-3.5e38", .tooLarge), ("1e999999999999", .tooLarge), ("1e-999999999999", .number),
      ("abc", .text), (".", .text), ("+", .text), ("1.2.3", .text), ("1,5", .text),
      ("0x10", .text), ("1e", .text), ("1e+", .text), ("--1", .text), ("1 2", .text),
      ("12a", .text), ("١", .text), (" 12 ", .number), ("\"12\"", .number), ("1_000", .text),
      ("12345678901234567890x", .text), ("e5", .text), ("-.", .text), (".e1", .text),
    ]
    for (text, kind) in kinds { #expect(Text.number(Array(text.utf8)).kind == kind, "'\(text)'") }
    let comma = UInt8(ascii: ",")
    #expect(Text.number(Array("-1,25".utf8), decimal: comma).value == -1.25)
    #expect(Text.number(Array("1.25".utf8), decimal: comma).kind == .text)
    #expect(
      Text.number(Array("1234567890,12345678901234".utf8), decimal: comma).value
        == 1234567890.12345678901234)
    #expect(Text.number(Array("1,5e300".utf8), decimal: comma).kind == .tooLarge)
  }

  @Test("A printed float reads back as the same float, in at most nine digits")
  func printing() {
    var generator = SystemRandomNumberGenerator()
    func check(_ value: Float) {
      let text = Text.shortest(value)
      #expect(Float(text)?.bitPattern == value.bitPattern, "\(value) as \(text)")
      let mantissa = text.prefix { $0 != "e" }.filter(\.isNumber)
      var significant = mantissa.drop { $0 == "0" }
      while significant.last == "0" { significant.removeLast() }
      #expect(significant.count <= 9 && text.utf8.count <= 16, "\(text)")
      // Larger ones may lie in the middle of what a shorter text could mean.
      if value.isNormal, abs(value) < 0x1p24 {
        let shortest = "\(value)".prefix { $0 != "e" }.filter(\.isNumber).drop { $0 == "0" }
        #expect(significant.count <= max(shortest.count, 6) + 1, "\(value) as \(text)")
      }
    }
    for _ in 0..<200_000 {
      let value = Float(bitPattern: UInt32.random(in: 0...UInt32.max, using: &generator))
      if value.isFinite { check(value) }
      check(Float.random(in: 0...1))
      check(Float(Int.random(in: -100_000...100_000)) / 100)
    }
    for exponent in -149...127 {
      let power = Float(sign: .plus, exponent: exponent, significand: 1)
      check(power)
      check(power.nextDown)
      check(-power.nextUp)
    }
    let texts: [(Float, String)] = [
      (0, "0"), (-0, "0"), (1, "1"), (-1.5, "-1.5"), (0.1, "0.1"), (100, "100"), (1e-5, "0.00001"),
      (1e-6, "1e-6"), (123_456_784, "123456784"), (1e9, "1e9"), (.infinity, "inf"),
      (-.infinity, "-inf"), (.nan, "nan"), (3.4028235e38, "3.4028235e38"),
      (.leastNonzeroMagnitude, "1.40129846e-45"),
      (0.3, "0.3"), (16_777_216, "16777216"), (9.999999e8, "999999900"),
    ]
    for (value, text) in texts where value != 0 || value.sign == .plus {
      #expect(Text.shortest(value) == text)
    }
  }
}
