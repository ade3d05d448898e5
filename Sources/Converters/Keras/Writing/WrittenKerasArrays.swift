import ModelFiles
import Networks
import Tensors
import Training

/// Numbers that are written as one dataset.
struct WrittenKerasArray {
  enum Content {
    /// Made when they are written, so that not all of a model is there twice.
    case floats(() -> [Float])
    case integer(Int32)
  }

  var shape: [Int]
  var content: Content

  init(shape: [Int], _ floats: @escaping () -> [Float]) {
    content = .floats(floats)
    self.shape = shape
  }

  init(repeating value: Float, shape: [Int]) {
    self.init(shape: shape) { Array(repeating: value, count: shape.reduce(1, *)) }
  }

  init(integer: Int32) {
    content = .integer(integer)
    shape = []
  }
}

/// The parameters of a model, and the optimizer's slots, as variables of Keras.
struct WrittenKerasNumbers {
  private let trainable: Tensor
  private let statistics: Tensor
  private let slots: [String: Tensor]

  /// Numbers of a snapshot, as float32.
  init(_ snapshot: TrainingSnapshot) {
    trainable = WrittenKerasNumbers.float32(snapshot.parameters.trainable)
    statistics = WrittenKerasNumbers.float32(snapshot.parameters.statistics)
    slots = Dictionary(
      snapshot.slots.map { ($0.name, WrittenKerasNumbers.float32($0.values)) }
    ) { first, _ in first }
  }

  private static func float32(_ tensor: Tensor) -> Tensor {
    tensor.elementType == .float32 ? tensor : tensor.converted(to: .float32)
  }

  /// The values of a variable.
  func values(of variable: WrittenKerasVariable) -> WrittenKerasArray {
    switch variable.source {
    case .constant(let value):
      WrittenKerasArray(repeating: value, shape: variable.shape)
    case .parameters(let entries):
      WrittenKerasArray(shape: variable.shape) {
        entries.flatMap { entry in
          elements(of: entry, in: entry.spec.isTrainable ? trainable : statistics)
        }
      }
    }
  }

  /// What the optimizer keeps in a slot for a variable, times a factor; zeros where it keeps nothing yet.
  func values(
    of variable: WrittenKerasVariable, slot: String, factor: Double
  ) -> WrittenKerasArray {
    guard case .parameters(let entries) = variable.source, let tensor = slots[slot] else {
      return WrittenKerasArray(repeating: 0, shape: variable.shape)
    }
    return WrittenKerasArray(shape: variable.shape) {
      let values = entries.flatMap { elements(of: $0, in: tensor) }
      return factor == 1 ? values : values.map { Float(Double($0) * factor) }
    }
  }

  private func elements(of entry: ParameterLayout.Entry, in tensor: Tensor) -> [Float] {
    tensor.withView { $0.part(at: entry.offset, shape: entry.spec.shape).elements(as: Float.self) }
  }
}
