import Kernels
import Networks
import Tensors

/// The numbers that an optimizer keeps for every parameter.
final class SlotStorage {
  /// One view per slot, in the optimizer's order.
  let views: [TensorView]

  private let names: [String]
  private var tensors: [Tensor]

  /// Slots as they are stored, or at their start where nothing is stored.
  ///
  /// - Throws: ``TrainingStateError`` when what is stored belongs to another optimizer.
  init(
    _ optimizer: any Optimizer, live: LiveParameters, stored: [(name: String, values: Tensor)]
  ) throws {
    names = optimizer.slots
    let length = live.trainable.count
    var tensors: [Tensor] = []
    for name in names {
      if let slot = stored.first(where: { $0.name == name }) {
        guard slot.values.count == length, slot.values.elementType == live.elementType
        else { throw TrainingStateError.slotLength(name, length, found: slot.values.count) }
        tensors.append(slot.values.withView { Tensor(copying: $0) })
      } else if stored.isEmpty {
        var tensor = Tensor(zeros: [length], elementType: live.elementType)
        let start = optimizer.initialValue(ofSlot: name)
        if start != 0 { tensor.withMutableView { Kernels.fill($0, with: start) } }
        tensors.append(tensor)
      } else {
        throw TrainingStateError.missingSlot(
          name, optimizer: optimizer.kind, found: stored.map { $0.name })
      }
    }
    views = tensors.indices.map { tensors[$0].ownedView() }
    self.tensors = tensors
  }

  /// A copy of every slot.
  func snapshot() -> [(name: String, values: Tensor)] {
    zip(names, views).map { ($0, Tensor(copying: $1)) }
  }
}

/// Why a state does not belong to a run.
public enum TrainingStateError: Error, Hashable, CustomStringConvertible {
  case missingSlot(String, optimizer: String, found: [String])
  case slotLength(String, Int, found: Int)
  case position(step: Int, epoch: Int, batch: Int, stepsPerEpoch: Int)

  public var description: String {
    switch self {
    case .missingSlot(let name, let optimizer, let found):
      "the optimizer '\(optimizer)' keeps '\(name)', the stored state has: "
        + found.joined(separator: ", ")
    case .slotLength(let name, let expected, let found):
      "optimizer slot '\(name)': expected \(expected) numbers, found \(found)"
    case .position(let step, let epoch, let batch, let stepsPerEpoch):
      "the run stands at step \(step), \(epoch) epochs and \(batch) batches, which does not fit "
        + "\(stepsPerEpoch) steps an epoch; go on with the rows and the batch size it began with"
    }
  }
}
