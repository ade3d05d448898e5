import Layers
import Tensors

/// Parameters in the memory in which sessions read them and an optimizer changes them.
///
/// The one place where weights are shared: a training session and the session that evaluates it
/// look at the same memory. ``snapshot()`` and ``load(_:)`` go between it and values.
public final class LiveParameters: @unchecked Sendable {
  /// Where each parameter lies.
  public let layout: ParameterLayout

  private var storage: Parameters

  /// All trainable parameters, one after the other.
  package let trainable: TensorView

  /// All running statistics, one after the other.
  package let statistics: TensorView

  /// Live parameters that start as a copy of the given ones.
  public init(_ parameters: Parameters) {
    layout = parameters.layout
    storage = parameters
    trainable = storage.trainable.ownedView()
    statistics = storage.statistics.ownedView()
  }

  /// A copy of the parameters as they are now.
  public func snapshot() -> Parameters {
    var copy = Parameters(zeros: layout, elementType: trainable.elementType)
    copy.trainable = Tensor(copying: trainable)
    copy.statistics = Tensor(copying: statistics)
    return copy
  }

  /// Replaces all parameters by those of the same layout.
  public func load(_ parameters: Parameters) {
    precondition(parameters.layout == layout, "the parameters belong to another network")
    parameters.trainable.withView { trainable.copy(from: $0) }
    parameters.statistics.withView { statistics.copy(from: $0) }
  }

  /// The view of one parameter.
  package func view(_ entry: ParameterLayout.Entry) -> TensorView {
    (entry.spec.isTrainable ? trainable : statistics).part(
      at: entry.offset, shape: entry.spec.shape)
  }
}
