import Workflows

/// What became of a model file, in words.
enum RevisionText {
  /// Prints what was made.
  static func print(_ result: Revision.Result, asJSON: Bool) throws {
    if asJSON { return try printOutput(JSONOutput.text(result)) }
    let lines = [
      "\(result.output): \(NumberText.bytes(result.byteCount)), made of "
        + NumberText.bytes(result.sourceByteCount)
    ]
    try printOutput((lines + result.notes.map { "note: \($0)" }).joined(separator: "\n"))
  }
}

/// How far two models compute the same, in words.
enum NumericalProofText {
  /// The outputs, then the layers that differ most.
  static func lines(_ proof: NumericalProof, for terminal: Terminal) -> [String] {
    var table = TextTable([
      ("layer", .left), ("largest error", .right), ("largest value", .right), ("share", .right),
    ])
    func add(_ name: String, _ row: NumericalProof.Row) {
      table.add([
        name.printable, NumberText.short(row.error, digits: 3),
        NumberText.short(row.scale, digits: 3), NumberText.short(row.relativeError, digits: 3),
      ])
    }
    for row in proof.layers { add(row.name, row) }
    for row in proof.outputs { add("prediction \(row.name)", row) }
    return ["", terminal.styled("On a sample", .bold)] + table.lines(for: terminal)
  }
}
