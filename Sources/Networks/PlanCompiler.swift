import Layers
import Tensors

/// Turns a network into operations and buffers with lifetimes.
///
/// Time runs over the operations once forward, 0 ..< n, then the loss, n, then once backward:
/// operation i runs backward at 2n − i. Inputs are there before, at −1.
struct PlanCompiler {
  let network: Network
  let layout: ParameterLayout
  let mode: Mode
  let elementType: ElementType
  let needsInputGradients: Bool

  private(set) var values: [Plan.Value] = []
  private(set) var operations: [Plan.Operation] = []
  private(set) var buffers: [Plan.Buffer] = []
  private var lifetimes: [ClosedRange<Int>] = []
  private var indices: [String: Int] = [:]
  private var readers: [[Int]] = []
  private var producers: [Int?] = []
  private let outputs: Set<String>

  init(
    network: Network, layout: ParameterLayout, mode: Mode, elementType: ElementType,
    needsInputGradients: Bool
  ) {
    self.network = network
    self.layout = layout
    self.mode = mode
    self.elementType = elementType
    self.needsInputGradients = needsInputGradients
    outputs = Set(network.outputs)
  }

  private var lossTime: Int { network.nodes.count }
  private var endTime: Int { 2 * network.nodes.count + 1 }
  private func backwardTime(_ operation: Int) -> Int { 2 * network.nodes.count - operation }

  mutating func compile() {
    findReaders()
    placeInputs()
    for index in network.nodes.indices { placeOperation(index) }
    if mode == .training { placeGradients() }
  }

  func requests(examples: Int) throws -> [MemoryPlan.Request] {
    var total = 0
    return try zip(buffers, lifetimes).map { buffer, lifetime in
      let (count, overflow) = buffer.shape.count.multipliedReportingOverflow(
        by: buffer.isPerExample ? examples : 1)
      guard !overflow, count <= Shape.maximumCount else {
        throw PlanError.tooLarge(byteCount: .max, capacity: examples)
      }
      total += buffer.byteCount(examples: examples)
      guard total <= 1 << 60 else { throw PlanError.tooLarge(byteCount: total, capacity: examples) }
      return MemoryPlan.Request(
        byteCount: buffer.byteCount(examples: examples), first: lifetime.lowerBound,
        last: lifetime.upperBound)
    }
  }

  // MARK: Values

  private mutating func findReaders() {
    for (index, name) in (network.inputs.map { $0.name } + network.nodes.map { $0.name })
      .enumerated()
    {
      indices[name] = index
    }
    let count = network.inputs.count + network.nodes.count
    readers = Array(repeating: [], count: count)
    producers = Array(repeating: nil, count: count)
    for (index, node) in network.nodes.enumerated() {
      producers[network.inputs.count + index] = index
      for input in node.inputs { readers[indices[input, default: 0]].append(index) }
    }
  }

  private mutating func placeInputs() {
    for input in network.inputs {
      let spec = ValueSpec(input.shape, isIndices: input.isIndices)
      // Inputs stay readable to the end: a batch may be run again.
      let buffer = addBuffer(for: spec, lifetime: -1...endTime)
      values.append(Plan.Value(name: input.name, spec: spec, buffer: buffer))
    }
  }

  private mutating func placeOperation(_ index: Int) {
    let node = network.nodes[index]
    let inputs = node.inputs.map { indices[$0, default: 0] }
    let inputSpecs = inputs.map { values[$0].spec }
    let spec = network.values[node.name] ?? inputSpecs[0]
    let value = values.count
    let buffer: Int
    if runsInPlace(index, input: inputs[0]) {
      buffer = values[inputs[0]].buffer
      extend(buffer, to: lastRead(of: value, producer: index))
    } else {
      buffer = addBuffer(for: spec, lifetime: index...lastRead(of: value, producer: index))
    }
    values.append(Plan.Value(name: node.name, spec: spec, buffer: buffer))
    let scratch = node.layer.scratch(for: inputSpecs).map { scratch in
      addBuffer(
        Plan.Buffer(
          shape: scratch.shape, isPerExample: scratch.isPerExample, elementType: elementType),
        lifetime: index...(mode == .training ? backwardTime(index) : index))
    }
    let parameters = layout.entriesOfNodes[index]
    operations.append(
      Plan.Operation(
        node: index, layer: node.layer, inputs: inputs, output: value, parameters: parameters,
        scratch: scratch, inputGradients: inputs.map { _ in .nowhere },
        parameterGradients: parameters.map { _ in .nowhere }, runsBackward: false,
        prepared: node.layer.prepared(for: inputSpecs)))
  }

  /// The last time that anybody looks at a value.
  private func lastRead(of value: Int, producer: Int) -> Int {
    if outputs.contains(network.nodes[producer].name) { return endTime }
    var last = producer
    for reader in readers[value] {
      last = max(last, reader)
      if mode == .training, network.nodes[reader].layer.memoryUse.backwardReads == .inputs {
        last = max(last, backwardTime(reader))
      }
    }
    if mode == .training, network.nodes[producer].layer.memoryUse.backwardReads == .output {
      last = max(last, backwardTime(producer))
    }
    return last
  }

  /// Whether an operation may write over its input: nobody else reads the input, and no value
  /// that already lies in this memory is read again by backward.
  private func runsInPlace(_ operation: Int, input: Int) -> Bool {
    let node = network.nodes[operation]
    guard node.layer.memoryUse.runsInPlace, node.inputs.count == 1, readers[input].count == 1,
      !outputs.contains(values[input].name), producers[input] != nil
    else { return false }
    guard mode == .training else { return true }
    return values.indices.allSatisfy { value in
      guard values[value].buffer == values[input].buffer, let producer = producers[value] else {
        return values[value].buffer != values[input].buffer
      }
      return network.nodes[producer].layer.memoryUse.backwardReads != .output
    }
  }

  // MARK: Gradients

  private mutating func placeGradients() {
    let needsGradient = valuesThatNeedGradients()
    var isWritten = Array(repeating: false, count: values.count)
    for output in network.outputs {
      let value = indices[output, default: 0]
      isWritten[value] = true
      values[value].gradientBuffer = addBuffer(
        for: values[value].spec, lifetime: lossTime...(endTime))
    }
    for index in operations.indices.reversed() {
      let operation = operations[index]
      let hasTrainable = operation.parameters.contains { layout.entries[$0].spec.isTrainable }
      guard hasTrainable || operation.inputs.contains(where: { needsGradient[$0] }) else {
        continue
      }
      guard let outputGradient = values[operation.output].gradientBuffer else { continue }
      operations[index].runsBackward = true
      for (position, input) in operation.inputs.enumerated() where needsGradient[input] {
        operations[index].inputGradients[position] = gradientTarget(
          of: input, from: index, outputGradient: outputGradient, isWritten: &isWritten)
      }
    }
    placeParameterGradients()
  }

  /// The first operation that runs backward writes the gradient of a parameter; others that share
  /// it add theirs.
  private mutating func placeParameterGradients() {
    var isWritten = Array(repeating: false, count: layout.entries.count)
    for index in operations.indices.reversed() where operations[index].runsBackward {
      for (position, entry) in operations[index].parameters.enumerated()
      where layout.entries[entry].spec.isTrainable {
        if isWritten[entry] {
          let temporary = addBuffer(
            Plan.Buffer(
              shape: layout.entries[entry].spec.shape, isPerExample: false,
              elementType: elementType),
            lifetime: backwardTime(index)...backwardTime(index))
          operations[index].parameterGradients[position] = .added(temporary: temporary, to: entry)
        } else {
          operations[index].parameterGradients[position] = .written(entry)
        }
        isWritten[entry] = true
      }
    }
  }

  private mutating func gradientTarget(
    of input: Int, from index: Int, outputGradient: Int, isWritten: inout [Bool]
  ) -> Plan.GradientTarget {
    let time = backwardTime(index)
    let last = producers[input].map(backwardTime) ?? endTime
    if isWritten[input], let shared = values[input].gradientBuffer {
      let temporary = addBuffer(for: values[input].spec, lifetime: time...time)
      return .added(temporary: temporary, to: shared)
    }
    isWritten[input] = true
    let output = operations[index].output
    if values[output].buffer == values[input].buffer {
      extend(outputGradient, to: last)
      values[input].gradientBuffer = outputGradient
      return .written(outputGradient)
    }
    let buffer = addBuffer(for: values[input].spec, lifetime: time...last)
    values[input].gradientBuffer = buffer
    return .written(buffer)
  }

  /// A value needs a gradient when something trainable, or a wanted input, lies before it.
  private func valuesThatNeedGradients() -> [Bool] {
    var needs = values.indices.map { value in
      producers[value] == nil && needsInputGradients && !values[value].spec.isIndices
    }
    for operation in operations {
      let hasTrainable = operation.parameters.contains { layout.entries[$0].spec.isTrainable }
      needs[operation.output] = hasTrainable || operation.inputs.contains { needs[$0] }
    }
    return needs
  }

  // MARK: Buffers

  private mutating func addBuffer(for spec: ValueSpec, lifetime: ClosedRange<Int>) -> Int {
    addBuffer(
      Plan.Buffer(
        shape: spec.shape, isPerExample: true,
        elementType: spec.isIndices ? .int32 : elementType),
      lifetime: lifetime)
  }

  private mutating func addBuffer(_ buffer: Plan.Buffer, lifetime: ClosedRange<Int>) -> Int {
    buffers.append(buffer)
    lifetimes.append(lifetime)
    return buffers.count - 1
  }

  private mutating func extend(_ buffer: Int, to time: Int) {
    lifetimes[buffer] = lifetimes[buffer].lowerBound...max(lifetimes[buffer].upperBound, time)
  }
}
