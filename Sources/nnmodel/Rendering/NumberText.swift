import Foundation

/// Numbers as a person reads them.
enum NumberText {
  /// A number to so many significant digits, and not less than its whole part: 0.3457, 12.35,
  /// 41256, 1.2e-05.
  static func short(_ value: Double, digits: Int = 4) -> String {
    guard value.isFinite else { return value.isNaN ? "nan" : value > 0 ? "inf" : "-inf" }
    if abs(value) >= 100, abs(value) < 999_999_999 {
      let whole = String(format: "%.0f", value)
      if whole.drop(while: { $0 == "-" }).count >= digits { return whole }
    }
    return String(format: "%.\(digits)g", value)
  }

  /// A share or score with so many digits after the point.
  static func fixed(_ value: Double, digits: Int = 4) -> String {
    value.isFinite ? String(format: "%.\(digits)f", value) : short(value)
  }

  /// A whole number with its thousands apart: 1,234,567.
  static func count(_ value: Int) -> String {
    var text = ""
    for (index, digit) in String(value.magnitude).reversed().enumerated() {
      if index > 0, index.isMultiple(of: 3) { text.append(",") }
      text.append(digit)
    }
    return (value < 0 ? "-" : "") + String(text.reversed())
  }

  /// A count with its noun: 1 row, 2 rows.
  static func count(_ value: Int, _ noun: String) -> String {
    "\(count(value)) \(noun)\(value == 1 ? "" : "s")"
  }

  /// A size: 512 B, 1.5 KiB, 3.0 MiB.
  static func bytes(_ value: Int) -> String {
    guard value >= 1024 else { return "\(value) B" }
    var size = Double(value) / 1024
    var unit = 0
    let units = ["KiB", "MiB", "GiB", "TiB"]
    while size >= 1024, unit < units.count - 1 {
      size /= 1024
      unit += 1
    }
    return "\(fixed(size, digits: 1)) \(units[unit])"
  }

  /// A length of time: 0.8 s, 2:05, 1:02:05.
  static func duration(_ seconds: Double) -> String {
    guard seconds >= 60, seconds < 1e9 else { return "\(fixed(seconds, digits: 1)) s" }
    let whole = Int(seconds.rounded())
    let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60)
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    return hours > 0 ? "\(hours):\(two(minutes)):\(two(rest))" : "\(minutes):\(two(rest))"
  }

  /// A rate in few characters: 950, 12k, 3.4M.
  static func rate(_ value: Double) -> String {
    switch value {
    case ..<1000: "\(Int(max(value, 0)))"
    case ..<1e6: "\(short(value / 1e3, digits: 3))k"
    default: "\(short(value / 1e6, digits: 3))M"
    }
  }
}
