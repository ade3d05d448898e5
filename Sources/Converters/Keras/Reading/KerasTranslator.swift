import Formats
import Kernels
import Layers
import ModelFiles
import Networks
import Tensors

/// Builds a network of the layers of a file of Keras, and gathers which of its variables become which
/// parameters.
final class KerasTranslator {
  /// What is not in the file and shows only while a network is built.
  struct Assumptions {
    /// The inputs that are indices, since an embedding takes them.
    var indexInputs: Set<String> = []
    /// The extent of axes that the file leaves open.
    var openExtent = 0
  }

  /// An input turned out to be indices: everything is built anew.
  struct TakesIndices: Error { let input: String }

  let file: String
  let era: KerasEra
  let assumptions: Assumptions
  /// Whether the file says how the model is trained, so that what matters for that alone matters.
  let isCompiled: Bool
  var log: ConversionLog

  private(set) var inputs: [NetworkInput] = []
  private(set) var nodes: [Node] = []
  private(set) var leaves: [KerasLeaf] = []
  /// By parameter, the penalties that the file asks for.
  private(set) var penalties: [String: KerasPenalty] = [:]
  private(set) var hasOpenAxes = false
  /// Parameters whose values are options in the file.
  private(set) var given: [String: Tensor] = [:]
  /// What comes out, as soon as all is built.
  var outputs: [KerasValue] = []

  private var names: Set<String> = []
  private var uses: [[Int]: Int] = [:]
  private var callCount = 0
  /// By layer the nodes of its first call that have parameters, and how many of a further call are there.
  private var owners: [[Int]: [String]] = [:]
  private var shared: [[Int]: Int] = [:]
  private var moved: [String: KerasValue] = [:]
  private var plain: [String: KerasValue] = [:]
  private var masks: [KerasMask: KerasValue] = [:]
  private var specs: [String: ValueSpec] = [:]
  private var stepMasks: [KerasCondition: KerasValue] = [:]

  init(
    file: String, era: KerasEra, isCompiled: Bool, assumptions: Assumptions, log: ConversionLog
  ) {
    self.file = file
    self.era = era
    self.isCompiled = isCompiled
    self.assumptions = assumptions
    self.log = log
  }
}

// MARK: - Names

extension KerasTranslator {
  /// A name that nothing has yet, as a network allows it.
  func unique(_ wanted: String) -> String {
    var plain = String(
      wanted.unicodeScalars.map { scalar in
        scalar == "/" || scalar == "." || scalar.value < 32 ? "_" : Character(scalar)
      })
    while plain.utf8.count > 96 { plain.removeLast() }
    if plain.isEmpty { plain = "layer" }
    var name = plain
    var count = 1
    while names.contains(name) {
      count += 1
      name = "\(plain)_\(count)"
    }
    names.insert(name)
    return name
  }

  /// The most calls of layers: models that call each other double them at every level.
  private static let callLimit = 1 << 15

  /// The number of a further call of a layer, from 0.
  ///
  /// - Throws: ``ConversionError`` where there are too many.
  func nextUse(of position: [Int]) throws -> Int {
    callCount += 1
    guard callCount <= KerasTranslator.callLimit else {
      throw log.error(
        "model", "expected at most \(KerasTranslator.callLimit) calls of layers, found more")
    }
    defer { uses[position, default: 0] += 1 }
    shared[position] = 0
    return uses[position, default: 0]
  }
}

// MARK: - Inputs and nodes

extension KerasTranslator {
  /// Adds an input of the network.
  ///
  /// - Parameter shape: as the file has it, the batch axis among it; null for an axis that is open.
  func addInput(_ wanted: String, shape: KerasJSON?, dtype: String?) throws -> KerasValue {
    guard let items = shape?.list, !items.isEmpty, items.count <= Shape.maximumRank else {
      throw log.error(
        "input \(wanted)", "expected a shape, found \(shape.map { "\($0)" } ?? "none")")
    }
    var extents: [Int] = []
    var open: Set<Int> = []
    for (axis, item) in items.dropFirst().enumerated() {
      if item == .null {
        open.insert(axis)
        extents.append(assumptions.openExtent)
      } else if let extent = item.integer, extent > 0 {
        extents.append(extent)
      } else {
        throw log.error("input \(wanted)", "expected extents of 1 or more, found \(item)")
      }
    }
    if case .integer(let batch)? = items.first {
      log.change("input \(wanted)", "takes batches of any size, not of \(batch) only")
    }
    hasOpenAxes = hasOpenAxes || !open.isEmpty
    let name = unique(wanted)
    let isIndices = assumptions.indexInputs.contains(name)
    let shape = try wording("input \(wanted)") { try Shape(checking: extents) }
    inputs.append(NetworkInput(name, shape: shape, freeAxes: open, isIndices: isIndices))
    var note = "input '\(name)' \(inputs[inputs.count - 1].shapeDescription)"
    if isIndices { note += " of indices" }
    specs[name] = ValueSpec(shape, isIndices: isIndices)
    log.map("input \(wanted)", to: note)
    if !isIndices, let dtype, dtype != "float32" {
      log.change("input \(wanted)", "takes float32, not \(dtype)")
    }
    return KerasValue(name: name, spec: ValueSpec(shape, isIndices: isIndices), root: name)
  }

  /// Adds a layer behind some values, as they lie in the network.
  ///
  /// - Parameter part: what tells its node from others of the same call; nil for the main one.
  func add(
    _ layer: any Layer, for use: KerasUse, part: String? = nil, to values: [KerasValue]
  ) throws -> KerasValue {
    guard values.allSatisfy({ $0.condition == nil }) else {
      throw use.options.error("takes a comparison as numbers, which has no counterpart")
    }
    let specs = values.map(\.spec)
    let output = try wording(use.options.subject) { () throws -> ValueSpec in
      guard type(of: layer).inputCount.contains(specs.count) else {
        throw LayerError.inputCount(expected: type(of: layer).inputCount, found: specs.count)
      }
      let output = try layer.output(for: specs)
      guard output.shape.rank < Shape.maximumRank else {
        throw LayerError.outputShape(expected: "of fewer axes", found: output.shape)
      }
      return output
    }
    let name = unique(part.map { "\(use.base)_\($0)" } ?? use.base)
    var node = Node(name, layer, inputs: values.map(\.name))
    let parameters = layer.parameters(for: specs)
    if !parameters.isEmpty {
      if use.isFirst {
        owners[use.position, default: []].append(name)
      } else {
        let place = shared[use.position, default: 0]
        shared[use.position] = place + 1
        let owner = owners[use.position].flatMap { $0.indices.contains(place) ? $0[place] : nil }
        guard let owner else { throw use.options.error("its calls are not alike") }
        for spec in parameters { node.ties[spec.name] = "\(owner)/\(spec.name)" }
      }
    }
    nodes.append(node)
    self.specs[name] = output
    return KerasValue(name: name, spec: output)
  }

  /// Adds a function behind a value, where there is one.
  func add(
    _ activation: Activation?, for use: KerasUse, to value: KerasValue
  ) throws -> KerasValue {
    guard let activation else { return value }
    // Softmax goes along the last axis of the file.
    let input = activation.function == .softmax ? try unmoved(value, use) : value
    var result = try add(activation, for: use, part: "activation", to: [input])
    result.isMoved = input.isMoved
    return result
  }

  /// Adds the variables of a layer, unless it was called before.
  func declare(
    _ variables: [KerasVariable], for use: KerasUse, oldCount: Int? = nil,
    modernize: (@Sendable ([Tensor]) -> [Tensor])? = nil
  ) {
    guard use.isFirst, !variables.isEmpty else { return }
    leaves.append(
      KerasLeaf(
        position: use.position, place: use.place, top: use.top, label: use.label,
        isTrainable: use.isTrainable, variables: variables, oldCount: oldCount,
        modernize: modernize))
  }

  /// Gives a parameter its values.
  func give(_ values: Tensor, to path: String) { given[path] = values }

  /// Does what may find that something does not fit.
  func wording<Result>(_ subject: String, _ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let error as ConversionError {
      throw error
    } catch {
      throw log.error(subject, "\(error)")
    }
  }
}

// MARK: - Layouts

extension KerasTranslator {
  /// A value with its channels last, of a file that has them first.
  func channelsLast(_ value: KerasValue, _ use: KerasUse) throws -> KerasValue {
    if value.isMoved { return value }
    if let known = moved[value.name] { return known }
    let rank = value.spec.shape.rank
    guard rank >= 2 else {
      throw use.options.error("expected channels and positions, found \(value.spec.shape)")
    }
    var result = try add(
      Permute(Array(1..<rank) + [0]), for: use, part: "channels_last", to: [value])
    result.isMoved = true
    result.mask = value.mask
    moved[value.name] = result
    plain[result.name] = value
    return result
  }

  /// A value in the order of the file.
  func unmoved(_ value: KerasValue, _ use: KerasUse) throws -> KerasValue {
    guard value.isMoved else { return value }
    if let known = plain[value.name] { return known }
    let rank = value.spec.shape.rank
    var result = try add(
      Permute([rank - 1] + Array(0..<rank - 1)), for: use, part: "channels_first", to: [value])
    result.mask = value.mask
    plain[value.name] = result
    moved[result.name] = value
    return result
  }

  /// Adds a layer that does the same to every element, wherever its channels are.
  func elementwise(_ layer: any Layer, for use: KerasUse) throws -> [KerasValue] {
    let input = try use.input()
    var result = try add(layer, for: use, to: [input])
    result.isMoved = input.isMoved
    return [result]
  }

  /// Adds a layer over positions and channels, which are last in the network.
  func spatial(
    _ layer: any Layer, for use: KerasUse, isChannelsFirst: Bool
  ) throws -> (input: KerasValue, output: KerasValue) {
    let input = try use.input()
    let taken = try isChannelsFirst ? channelsLast(input, use) : unmoved(input, use)
    var output = try add(layer, for: use, to: [taken])
    output.isMoved = isChannelsFirst
    return (taken, output)
  }
}

// MARK: - Masks

extension KerasTranslator {
  /// The mask as a value `[steps]`.
  func value(of mask: KerasMask, _ use: KerasUse) throws -> KerasValue {
    if let known = masks[mask] { return known }
    let result: KerasValue
    switch mask {
    case .value(let name):
      throw use.options.error("the mask '\(name)' is not known")
    case .indices(let name):
      guard let spec = specs[name] else {
        throw use.options.error("the mask of '\(name)' is not known")
      }
      result = try add(
        SequenceMask(), for: use, part: "mask", to: [KerasValue(name: name, spec: spec)])
      log.change(
        use.options.subject,
        "takes the mask of '\(name)', which Keras hands on unseen, as an input")
    }
    masks[mask] = result
    return result
  }

  /// What a call takes, with the masks that it is given by name.
  func masked(_ use: KerasUse) throws -> [KerasValue] {
    guard let given = use.named["mask"], !use.inputs.isEmpty else { return use.inputs }
    var inputs = use.inputs
    guard given.count == 1 || given.count == inputs.count else {
      throw use.options.error("mask: expected one for each input, found \(given.count)")
    }
    for (place, value) in given.enumerated() {
      if let condition = value.condition {
        inputs[place].mask = try mask(of: condition, use)
      } else {
        inputs[place].mask = mask(of: try unmoved(value, use))
      }
    }
    return inputs
  }

  /// The steps of which a condition holds.
  func mask(of condition: KerasCondition, _ use: KerasUse) throws -> KerasMask {
    guard let spec = specs[condition.name] else {
      throw use.options.error("mask: '\(condition.name)' is not known")
    }
    if condition.isOfSteps {
      let input = KerasValue(name: condition.name, spec: spec)
      return mask(of: try steps(of: input, without: condition.number, use))
    }
    guard condition.number == 0 else {
      throw use.options.error("mask: expected indices that are not 0, found \(condition.number)")
    }
    return .indices(of: condition.name)
  }

  /// Which steps of a sequence have a feature that is not a certain number, as a value of 1 and 0.
  ///
  /// No layer of the engine finds them; some together do: the largest |x − v| of a step, made so
  /// large that what is not 0 is more than 6, and cut there.
  func steps(
    of input: KerasValue, without number: Double, _ use: KerasUse
  ) throws -> KerasValue {
    let condition = KerasCondition(name: input.name, number: number, isOfSteps: true)
    if let known = stepMasks[condition] { return known }
    guard input.spec.shape.rank == 2 else {
      throw use.options.error("expected [steps, features], found \(input.spec.shape)")
    }
    func added(_ layer: any Layer, _ part: String, _ values: KerasValue...) throws -> KerasValue {
      try add(layer, for: use, part: part, to: values)
    }
    var distance = input
    if number != 0 { distance = try added(Rescaling(1, offset: -number), "distance", input) }
    let negative = try added(Rescaling(-1), "negative", distance)
    let magnitude = try added(Maximum(), "magnitude", distance, negative)
    let turned = try added(Permute([1, 0]), "turned", magnitude)
    let largest = try added(GlobalMaxPooling(), "largest", turned)
    let magnified = try added(Rescaling(1e38), "magnified", largest)
    let cut = try added(Activation(.relu6), "cut", magnified)
    let result = try added(Rescaling(1 / 6.0), "mask", cut)
    stepMasks[condition] = result
    log.change(
      use.options.subject, "the mask, which Keras hands on unseen, is a value '\(result.name)'")
    return result
  }

  /// A value of 1 and 0 as a mask.
  func mask(of value: KerasValue) -> KerasMask {
    let mask = KerasMask.value(value.name)
    masks[mask] = value
    return mask
  }
}

// MARK: - What matters in training alone

extension KerasTranslator {
  /// Something without influence on what the network computes, and without a counterpart.
  func loseInTraining(_ subject: String, _ why: String) throws {
    if isCompiled {
      try log.lose(subject, why)
    } else {
      log.ignore(subject, "\(why); it matters in training only")
    }
  }

  /// Notes a penalty on a parameter.
  func penalize(_ path: String, _ penalty: KerasPenalty) { penalties[path] = penalty }
}
