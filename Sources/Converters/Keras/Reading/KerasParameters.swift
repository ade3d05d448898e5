import Formats
import ModelFiles
import Networks
import Tensors

extension KerasArchitecture {
  /// The weights of a file as the parameters of its network.
  ///
  /// - Throws: ``ConversionError`` naming the layer or the weight.
  func parameters(
    of file: KerasFile, arrays: KerasArrays, log: inout ConversionLog
  ) throws -> Parameters {
    let layout = try ParameterLayout(network)
    let target = KerasParameterTarget(layout)
    // All numbers that the file has, before memory is taken for those that the graph asks for.
    var found: [(path: String, values: Tensor)] = given.map { ($0.key, $0.value) }
    for (leaf, stored) in zip(leaves, arrays.ofLeaves) {
      let tensors = try stored.map { try $0.numbers() }
      for (variable, name, values) in try leaf.parameters(
        of: tensors, named: stored.map(\.name), file: file.file)
      {
        found += values
        let paths = values.map(\.path).filter { target.isKnown($0) }
        let isSame = values.count == 1 && values[0].values.shape.dimensions == variable.shape
        if paths.isEmpty {
          log.ignore("weight \(name)", "nothing that leads to an output uses it")
        } else if isSame, leaf.modernize == nil {
          log.map("weight \(name)", to: paths.joined(separator: ", "))
        } else {
          log.change("weight \(name)", "laid out as \(paths.joined(separator: ", "))")
        }
      }
      for tensor in stored where tensor.elementType != .float32 {
        log.change("weight \(tensor.name)", "float32, not \(tensor.elementType.rawValue)")
      }
    }
    for name in arrays.unused {
      log.ignore(
        "weight \(name)",
        name.contains("seed_generator")
          ? "random numbers are functions of a seed and a step"
          : name.hasPrefix("optimizer/")
            ? "scales the loss, or is a copy of what the optimizer in it keeps"
            : "no layer has it")
    }
    if let path = target.missing(from: found.map(\.path)) {
      throw log.error("parameter \(path)", "the file has no values for it")
    }
    var parameters = Parameters(zeros: layout)
    target.fill(&parameters, with: found)
    return parameters
  }
}

/// Parameters that are filled in by path.
struct KerasParameterTarget {
  private let entries: [String: ParameterLayout.Entry]
  private let order: [String]

  init(_ layout: ParameterLayout) {
    entries = Dictionary(layout.entries.map { ($0.path, $0) }) { first, _ in first }
    order = layout.entries.map(\.path)
  }

  /// Whether there is a parameter of a path.
  func isKnown(_ path: String) -> Bool { entries[path] != nil }

  /// The first parameter that is not among some; nil where all are.
  func missing(from paths: [String]) -> String? {
    let known = Set(paths)
    return order.first { !known.contains($0) }
  }

  /// Gives parameters their values; those that there are none of are passed over.
  func fill(_ parameters: inout Parameters, with values: [(path: String, values: Tensor)]) {
    for (path, tensor) in values {
      guard let entry = entries[path] else { continue }
      parameters[entry] = tensor.reshaped(to: entry.spec.shape)
    }
  }
}

extension KerasTensor {
  /// The numbers as float32.
  func numbers() throws -> Tensor {
    let tensor = try tensor()
    if elementType == .float32 { return tensor }
    if elementType.isFloatingPoint { return tensor.converted(to: .float32) }
    return Tensor(tensor.doubles().map { Float($0) }, shape: shape)
  }
}
