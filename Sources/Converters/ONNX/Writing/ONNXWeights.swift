import Formats
import Networks
import Tensors

/// The weights of a network as initializers, each kept once however many nodes use it.
final class ONNXWeights {
  private let parameters: Parameters
  private var names: [Key: String] = [:]
  /// What became of every parameter, by its path.
  private(set) var uses: [String: Use] = [:]
  /// The file that is written, for errors.
  let file: String

  /// What became of a parameter.
  struct Use: Hashable {
    /// The initializers that hold it.
    var names: [String]
    /// Whether its numbers stand in another order or were computed with.
    var isChanged: Bool
  }

  private struct Key: Hashable {
    let paths: [String]
    let layout: String
  }

  /// Weights of 32 bits.
  init(_ parameters: Parameters, file: String) {
    self.parameters = parameters
    self.file = file
  }

  /// The name of a parameter that is kept as it is.
  func name(of entry: ParameterLayout.Entry, in graph: ONNXGraphWriter) -> String {
    name(of: [entry], as: "", in: graph, suggesting: entry.path) { $0[0] }
  }

  /// The name of a tensor that is made of parameters.
  func name(
    of entries: [ParameterLayout.Entry], as layout: String, in graph: ONNXGraphWriter,
    suggesting suggestion: String, _ make: ([ArrangedNumbers]) -> ArrangedNumbers
  ) -> String {
    let key = Key(paths: entries.map(\.path), layout: layout)
    if let name = names[key] { return name }
    let numbers = make(
      entries.map { entry in
        ArrangedNumbers(
          parameters[entry].elements(as: Float.self), shape: entry.spec.shape.dimensions)
      })
    // Of one parameter its own name, of a node that shares it too.
    let wanted = entries.count == 1 ? entries[0].path : suggestion
    let name = graph.tensor(numbers.values, shape: numbers.shape, named: graph.unique(wanted))
    names[key] = name
    for entry in entries {
      uses[entry.path, default: Use(names: [], isChanged: false)].names.append(name)
      if !layout.isEmpty { uses[entry.path]?.isChanged = true }
    }
    return name
  }
}

/// Numbers with a shape, outermost axis first.
struct ArrangedNumbers {
  /// The numbers.
  var values: [Float]
  /// The extent along each axis.
  var shape: [Int]

  /// Numbers of a shape.
  init(_ values: [Float], shape: [Int]) {
    self.values = values
    self.shape = shape
  }

  /// The same numbers with the axes in another order: the k-th of the result is `axes`[k].
  func permuted(_ axes: [Int]) -> ArrangedNumbers {
    var strides = Array(repeating: 1, count: shape.count)
    for axis in shape.indices.dropLast().reversed() {
      strides[axis] = strides[axis + 1] * shape[axis + 1]
    }
    let extents = axes.map { shape[$0] }
    let steps = axes.map { strides[$0] }
    var result: [Float] = []
    result.reserveCapacity(values.count)
    var places = Array(repeating: 0, count: axes.count)
    var source = 0
    for _ in values.indices {
      result.append(values[source])
      // The next place of the result, as an odometer counts.
      var axis = axes.count - 1
      while axis >= 0 {
        places[axis] += 1
        source += steps[axis]
        if places[axis] < extents[axis] { break }
        source -= places[axis] * steps[axis]
        places[axis] = 0
        axis -= 1
      }
    }
    return ArrangedNumbers(result, shape: extents)
  }

  /// A range of columns of a matrix; of a vector a range of its elements.
  func columns(_ range: Range<Int>) -> ArrangedNumbers {
    let width = shape.last ?? 1
    let rows = width == 0 ? 0 : values.count / width
    var result: [Float] = []
    result.reserveCapacity(rows * range.count)
    for row in 0..<rows {
      result += values[row * width + range.lowerBound..<row * width + range.upperBound]
    }
    return ArrangedNumbers(result, shape: shape.dropLast() + [range.count])
  }
}
