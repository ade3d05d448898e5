/// A small drawing of how a number changed.
///
/// Each character holds 2 × 4 dots in Braille, one in ASCII.
struct Curve {
  /// The lowest and the highest value that are drawn.
  let range: ClosedRange<Double>
  /// The number of characters across and down.
  let columns: Int
  let rows: Int

  /// A drawing between two values.
  init(range: ClosedRange<Double>, columns: Int, rows: Int) {
    self.range = range
    self.columns = columns
    self.rows = rows
  }

  /// The lines from the top down.
  func lines(_ values: [Double], isUnicode: Bool) -> [String] {
    let (dotsAcross, dotsDown) = isUnicode ? (columns * 2, rows * 4) : (columns, rows)
    var dots = Array(repeating: Array(repeating: false, count: dotsAcross), count: dotsDown)
    var previous: Int?
    for x in 0..<dotsAcross {
      guard let value = Curve.value(of: values, at: x, of: dotsAcross) else {
        previous = nil
        continue
      }
      let y = height(of: value, dotsDown)
      // Neighbours are joined, so that the curve has no gaps where it is steep.
      for between in min(previous ?? y, y)...max(previous ?? y, y) { dots[between][x] = true }
      previous = y
    }
    return (0..<rows).map { row in
      let line = (0..<columns).map { column in
        isUnicode
          ? Curve.braille(dots, row: row, column: column) : dots[row][column] ? "*" : " "
      }
      return line.joined()
    }
  }

  /// The row of dots of a value, from the top.
  private func height(of value: Double, _ dotsDown: Int) -> Int {
    let extent = range.upperBound - range.lowerBound
    let share = extent > 0 ? (value - range.lowerBound) / extent : 0
    let fromBottom = (share * Double(dotsDown - 1)).rounded()
    return dotsDown - 1 - Int(min(max(fromBottom, 0), Double(dotsDown - 1)))
  }

  /// The value at a dot: the mean of those that fall on it, or between its neighbours.
  private static func value(of values: [Double], at dot: Int, of dots: Int) -> Double? {
    guard let first = values.first else { return nil }
    guard values.count > 1 else { return dot == 0 && first.isFinite ? first : nil }
    if values.count > dots {
      let part = values[dot * values.count / dots..<(dot + 1) * values.count / dots]
        .filter { $0.isFinite }
      return part.isEmpty ? nil : part.reduce(0, +) / Double(part.count)
    }
    let position = Double(dot) * Double(values.count - 1) / Double(dots - 1)
    let left = min(Int(position), values.count - 2)
    let share = position - Double(left)
    let value = values[left] * (1 - share) + values[left + 1] * share
    return value.isFinite ? value : nil
  }

  private static func braille(_ dots: [[Bool]], row: Int, column: Int) -> String {
    // The bits of a Braille character, row by row: Unicode, chapter 21.1.
    let bits: [[UInt32]] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]]
    var code: UInt32 = 0x2800
    for down in 0..<4 {
      for across in 0..<2 where dots[4 * row + down][2 * column + across] {
        code |= bits[down][across]
      }
    }
    return code == 0x2800 ? " " : Unicode.Scalar(code).map { String(Character($0)) } ?? " "
  }
}
