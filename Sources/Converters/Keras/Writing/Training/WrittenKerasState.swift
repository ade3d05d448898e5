import Networks

/// What an optimizer of Keras keeps: its step, its learning rate, and numbers for all that is trained.
struct WrittenKerasState {
  var optimizer: WrittenKerasOptimizer
  /// What is trained, in the order of Keras.
  var variables: [(layer: String, variable: WrittenKerasVariable)]
  var numbers: WrittenKerasNumbers
  /// The steps done.
  var step: Int

  /// The variables in Keras' order: the step, the learning rate where it is a number, then the slots.
  ///
  /// - Throws: ``ConversionError`` for more steps than Keras counts.
  func variables(
    rate: WrittenKerasValue, log: inout ConversionLog
  ) throws -> [(name: String, array: WrittenKerasArray)] {
    guard let iteration = Int32(exactly: step) else {
      throw log.error("optimizer step", "Keras counts to \(Int32.max), found \(step)")
    }
    let name = optimizer.name
    var result = [("\(name)/iteration", WrittenKerasArray(integer: iteration))]
    log.map("optimizer step", to: "iteration \(iteration)")
    if case .number(let value) = rate {
      result.append(
        ("\(name)/learning_rate", WrittenKerasArray(repeating: Float(value), shape: [])))
    }
    let slots = optimizer.slots
    for slot in slots { log.map("optimizer slot \(slot.source)", to: slot.name) }
    if optimizer.isInterleaved {
      for variable in variables { for slot in slots { result.append(values(variable, slot)) } }
    } else {
      for slot in slots { for variable in variables { result.append(values(variable, slot)) } }
    }
    return result
  }

  private func values(
    _ variable: (layer: String, variable: WrittenKerasVariable), _ slot: WrittenKerasOptimizer.Slot
  ) -> (name: String, array: WrittenKerasArray) {
    (
      "\(optimizer.name)/\(variable.layer)/\(variable.variable.path)/\(slot.name)",
      numbers.values(of: variable.variable, slot: slot.source, factor: slot.factor)
    )
  }
}
