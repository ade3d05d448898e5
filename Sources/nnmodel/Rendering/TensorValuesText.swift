import ModelFiles
import Workflows

/// The numbers of a tensor, row by row.
enum TensorValuesText {
  /// So many rows are shown; --json has all.
  private static let shownCount = 40

  /// What it is, then a line for every row of the innermost axis, with its place in front.
  static func lines(_ report: TensorValuesReport, for terminal: Terminal) -> [String] {
    let shape = report.shape.map { "\($0)" }.joined(separator: "x")
    let head =
      "\(report.path.printable)  \(report.elementType) \(shape.isEmpty ? "one number" : shape)"
    let width = report.shape.last ?? 1
    guard width > 0, !report.values.isEmpty else { return [head] }
    let rowCount = report.values.count / width
    let rows = (0..<min(rowCount, shownCount)).map { row in
      line(
        place(of: row, in: Array(report.shape.dropLast())),
        report.values[row * width..<(row + 1) * width], for: terminal)
    }
    let more = rowCount - rows.count
    return [head] + rows
      + (more > 0 ? ["  and \(NumberText.count(more, "row")) more; --json has all"] : [])
  }

  private static func place(of row: Int, in extents: [Int]) -> String {
    guard !extents.isEmpty else { return "" }
    var rest = row
    var places: [Int] = []
    for extent in extents.reversed() {
      places.append(rest % extent)
      rest /= extent
    }
    return "[" + places.reversed().map { "\($0)" }.joined(separator: ", ") + "]"
  }

  /// As many numbers as fit.
  private static func line(
    _ place: String, _ values: ArraySlice<Double>, for terminal: Terminal
  ) -> String {
    var line = "  \(place)"
    for (index, value) in values.enumerated() {
      let text = NumberText.short(value)
      let word = String(repeating: " ", count: max(11 - text.count, 1)) + text
      if line.count + word.count > max(terminal.width, 40) - 2, index > 0 {
        return line + (terminal.isUnicode ? " …" : " ~")
      }
      line += word
    }
    return line
  }
}
