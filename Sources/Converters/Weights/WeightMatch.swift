import Catalogs
import Formats
import Tensors

/// Which tensor of a file is which of a network's, and what is left over on both sides.
struct WeightMatch {
  /// A tensor of the file and its meaning.
  struct Assignment {
    let stored: Formats.StoredTensor
    let tensor: WeightTensor
    let node: String
  }

  /// A tensor that is meant, but has another shape.
  struct Misfit {
    let stored: Formats.StoredTensor
    let expected: Shape
  }

  /// What fits, in the order of the network.
  var assignments: [Assignment] = []
  /// Paths of parameters that no tensor fits.
  var missing: [String] = []
  /// Tensors of other shapes.
  var misfits: [Misfit] = []
  /// Tensors that belong to nothing.
  var unused: [Formats.StoredTensor] = []
  /// Names that nearly fit: of the file, and of the network.
  var proposals: [(old: String, new: String)] = []
  /// Whether names and layouts are those of our parameters, rather than PyTorch's.
  var isOwn = false

  /// How many things do not fit.
  var problemCount: Int { missing.count + misfits.count + unused.count }

  /// Whether all of both sides fits.
  var isComplete: Bool { problemCount == 0 }

  /// What does not fit, in one line.
  var problem: String {
    var parts = ["the weights do not fit the network"]
    func list(_ title: String, _ items: [String]) {
      guard !items.isEmpty else { return }
      let shown = items.prefix(8).joined(separator: ", ")
      let more = items.count > 8 ? " and \(items.count - 8) more" : ""
      parts.append("\(title): \(shown)\(more)")
    }
    list(
      "would be loaded",
      assignments.isEmpty ? ["nothing"] : assignments.map { "'\($0.stored.name)'" })
    list("missing", missing)
    list(
      "wrong shape",
      misfits.map { "'\($0.stored.name)' expected \($0.expected), found \($0.stored.shape)" })
    list("unused", unused.map { "'\($0.name)' \($0.shape)" })
    var advice = "--partial loads what fits"
    if !proposals.isEmpty {
      let maps = proposals.prefix(4).map { "--map \($0.old)=\($0.new)" }
      advice = "perhaps \(maps.joined(separator: " ")); \(advice)"
    }
    return (parts + [advice]).joined(separator: "; ")
  }
}
