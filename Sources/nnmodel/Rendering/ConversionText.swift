import ModelFiles
import Workflows

/// What became of everything in a conversion, in words.
enum ConversionText {
  /// What was lost first, then what was changed and left out, then what was taken over as it is.
  static func lines(_ report: ConversionReport, output: String) -> [String] {
    var lines = ["\(output): \(report.target), from \(report.source)"]
    for fate in [ConversionReport.Fate.lost, .changed, .ignored, .mapped] {
      let entries = report.entries.filter { $0.fate == fate }
      if entries.isEmpty { continue }
      lines.append("")
      lines.append("\(fate.rawValue) (\(entries.count))")
      lines += entries.map { "  \($0.subject.printable): \($0.note.printable)" }
    }
    return lines
  }
}
