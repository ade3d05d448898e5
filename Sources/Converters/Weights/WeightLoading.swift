import Formats
import Kernels
import ModelFiles
import Networks
import Tensors

/// Loads tensors of a file into the parameters of a network.
enum WeightLoading {
  /// The most tensors of a file.
  static let tensorLimit = 1 << 18

  /// The parameters of an architecture with the weights that fit, and what was taken for what.
  ///
  /// - Parameter isOrdered: whether tensors stand in the order in which their modules were made.
  /// - Throws: ``ConversionError`` where not all fits and that was not asked for; nothing is loaded then.
  static func load(
    _ stored: [Formats.StoredTensor], isOrdered: Bool, onto architecture: Model,
    matching options: WeightOptions, log: inout ConversionLog
  ) throws -> (parameters: Parameters, match: WeightMatch) {
    guard stored.count <= tensorLimit else {
      throw log.error(nil, "expected at most \(tensorLimit) tensors, found \(stored.count)")
    }
    let names = TorchNames(architecture.network)
    let matching = WeightMatching(
      modules: names.modules, layout: architecture.parameters.layout, file: log.file,
      isOrdered: isOrdered, renames: options.renames)
    let match = try matching.match(stored)
    if !match.isOwn {
      try names.lose(in: &log)
      names.note(in: &log)
    }
    guard match.isComplete || options.isPartial else { throw log.error(nil, match.problem) }
    guard !match.assignments.isEmpty || stored.isEmpty && match.isComplete else {
      throw log.error(nil, match.problem)
    }
    let isDouble = architecture.parameters.elementType == .float64
    var parameters = architecture.parameters.converted(to: isDouble ? .float64 : .float32)
    try store(match.assignments, into: &parameters, meaning: .values, log: &log)
    try checkTied(match.assignments, parameters, file: log.file)
    report(match, parameters.elementType, log: &log)
    return (parameters, match)
  }

  /// Writes the numbers of tensors into parameters.
  static func store(
    _ assignments: [WeightMatch.Assignment], into parameters: inout Parameters,
    meaning: WeightMeaning, log: inout ConversionLog
  ) throws {
    let elementType = parameters.elementType
    let paths = parameters.layout.entries.map(\.path)
    let workers = Workers(threadCount: 1)
    let file = log.file
    let owned = assignments.filter { !$0.tensor.isTied }
    try parameters.withMutableViews { views in
      let views = Dictionary(zip(paths, views), uniquingKeysWith: { $1 })
      for assignment in owned {
        if assignment.tensor.isCounter { continue }
        let stored = assignment.stored
        guard stored.elementType.isFloatingPoint else {
          throw ConversionError(
            file, "weights \(stored.name)",
            "expected real numbers, found \(stored.elementType.rawValue)")
        }
        let tensor = try stored.tensor().converted(to: elementType)
        if case .constant(let value) = assignment.tensor.numbers {
          guard tensor.doubles().allSatisfy({ $0 == value }) else {
            throw ConversionError(
              file, "weights \(stored.name)",
              "expected \(value) everywhere, for layer \(assignment.node) has no such parameter")
          }
          continue
        }
        tensor.withView {
          assignment.tensor.store($0, into: views, meaning: meaning, on: workers)
        }
      }
    }
  }

  /// Compares tensors that are those of others with what these have loaded.
  private static func checkTied(
    _ assignments: [WeightMatch.Assignment], _ parameters: Parameters, file: String
  ) throws {
    let tied = assignments.filter(\.tensor.isTied)
    guard !tied.isEmpty else { return }
    let entries = parameters.layout.entriesByPath
    for assignment in tied {
      let stored = try assignment.stored.tensor()
      let expected = assignment.tensor.tensor(of: parameters, entries)
      guard stored.elementType.isFloatingPoint,
        stored.converted(to: parameters.elementType).doubles() == expected.doubles()
      else {
        throw ConversionError(
          file, "weights \(assignment.stored.name)",
          "differs from \(assignment.tensor.parameters.joined(separator: ", ")), with which layer "
            + "\(assignment.node) shares it")
      }
    }
  }

  private static func report(
    _ match: WeightMatch, _ elementType: ElementType, log: inout ConversionLog
  ) {
    for assignment in match.assignments {
      let (stored, tensor) = (assignment.stored, assignment.tensor)
      let subject = "weights \(stored.name)"
      var seen: Set<String> = []
      let paths = tensor.parameters.filter { seen.insert($0).inserted }
      switch tensor.numbers {
      case .counter: log.ignore(subject, "a count of steps that changes nothing")
      case .constant(let value): log.ignore(subject, "it is \(value) everywhere")
      case .summand: log.change(subject, "\(paths[0]), the sum of two tensors, in our order")
      case .parts:
        let type = stored.elementType == elementType ? "" : ", as \(elementType.rawValue)"
        if tensor.isSameOrder {
          log.map(subject, to: paths.joined(separator: ", ") + type)
        } else {
          log.change(subject, paths.joined(separator: ", ") + ", in our order" + type)
        }
      }
    }
    for path in match.missing { log.ignore("parameter \(path)", "no tensor fits; kept as it was") }
    for misfit in match.misfits {
      log.ignore(
        "weights \(misfit.stored.name)",
        "wrong shape: expected \(misfit.expected), found \(misfit.stored.shape)")
    }
    for tensor in match.unused {
      log.ignore("weights \(tensor.name)", "belongs to no parameter of the network")
    }
  }
}
