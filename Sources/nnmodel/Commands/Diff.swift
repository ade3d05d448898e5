import ArgumentParser
import ModelFiles
import Workflows

/// Compares two models.
struct Diff: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "Say what differs between two models.",
    usage: "nnmodel diff <old> <new> [--data <table>] [<options>]",
    discussion: """
      Layers that were added, removed, moved, renamed or changed; what became of every tensor; \
      columns and classes; optimizer, schedule, training, history and origin. Files may be of \
      any kind that can be read, and of two kinds. Tensors whose SHA-256 is the same are not \
      read. Exit status: 0 the same, 1 different, 2 trouble.

        nnmodel diff model.h5 tuned.h5
        nnmodel diff model.h5 tuned.h5 --data test.csv
        nnmodel diff a.h5 b.h5 --only architecture,parameters --tolerance 1e-6
        nnmodel diff a.h5 b.h5 --ignore provenance --ignore '*/bias'
      """)

  @Argument(help: "The model that is compared with.", completion: .file())
  var old: String

  @Argument(help: "The model that is compared.", completion: .file())
  var new: String

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Table or arrays: rows to which the answers of both are compared.", valueName: "table"),
    completion: .file(extensions: ["csv", "tsv", "gz", "npz"]))
  var data: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Up to where numbers are the same, relative to the largest of their tensor.",
      valueName: "share"))
  var tolerance = 0.0

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Parts to compare: \(ComparisonPart.allCases.map(\.rawValue).joined(separator: ", ")).",
      valueName: "parts"))
  var only: String?

  @Option(
    name: .long, parsing: .singleValue,
    help: ArgumentHelp(
      "Differences not to count, by their path; * stands for any letters. May be given again.",
      valueName: "pattern"))
  var ignore: [String] = []

  @Option(
    name: .long, parsing: .singleValue,
    help: ArgumentHelp(
      "A model between the two, where one comes from the other by way of it.",
      valueName: "file"),
    completion: .file(extensions: ["h5"]))
  var lineage: [String] = []

  @OptionGroup var threads: ThreadArgument

  @Flag(name: .long, help: "Compare every byte of both with its SHA-256 first.")
  var verify = false

  @Flag(name: .long, help: "List everything that differs, however much it is.")
  var all = false

  @Flag(name: .long, help: "Print the result as one JSON object.")
  var json = false

  @OptionGroup(title: "Table") var tableFlags: TableFlags

  /// Models differ.
  static let different: Int32 = 1

  func run() throws {
    let report = try Comparison.run(
      Comparison.Options(
        old: old, new: new, parts: try parts(), ignored: ignore, tolerance: tolerance, data: data,
        csv: tableFlags.csvOptions(), lineage: lineage, verifies: verify, threads: threads.count))
    if json {
      try printOutput(JSONOutput.text(report))
    } else {
      for note in [threads.note].compactMap(\.self) + report.notes {
        printError("note: \(note.printable)")
      }
      try printOutput(DiffText(report, terminal: .output, isComplete: all).lines())
    }
    guard report.isSame else { throw ExitCode(Diff.different) }
  }

  private func parts() throws -> Set<ComparisonPart>? {
    guard let only else { return nil }
    return Set(
      try only.split(separator: ",").map { name in
        guard let part = ComparisonPart(rawValue: String(name)) else {
          let known = ComparisonPart.allCases.map(\.rawValue).joined(separator: ", ")
          throw ValidationError("--only: expected \(known), found '\(name)'")
        }
        return part
      })
  }
}
