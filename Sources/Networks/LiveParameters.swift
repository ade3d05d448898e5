import Layers
import Tensors

/// Parameters in the memory in which sessions read them and an optimizer changes them.
///
/// The one place where weights are shared: a training session and the session that evaluates it
/// look at the same memory. ``snapshot()`` and ``load(_:)`` go between it and values. Parameters that
/// are only read may lie where a file is mapped.
public final class LiveParameters: @unchecked Sendable {
  /// Where each parameter lies.
  public let layout: ParameterLayout

  /// How elements are stored: float32 or float64.
  public let elementType: ElementType

  private let memory: Memory

  private enum Memory {
    case owned(trainable: TensorView, statistics: TensorView, storage: ParameterStorage)
    /// One view for each entry of the layout, as long as the owner is kept.
    case borrowed([TensorView], owner: any AnyObject & Sendable)
  }

  /// Live parameters that start as a copy of the given ones.
  public init(_ parameters: Parameters) {
    layout = parameters.layout
    elementType = parameters.elementType
    let storage = ParameterStorage(parameters)
    memory = .owned(
      trainable: storage.parameters.trainable.ownedView(),
      statistics: storage.parameters.statistics.ownedView(), storage: storage)
  }

  /// Parameters that are read where they are, for inference.
  ///
  /// - Parameters:
  ///   - views: of every entry of the layout, in order, all of one element type.
  ///   - owner: what keeps the memory behind the views.
  package init(
    reading views: [TensorView], layout: ParameterLayout, elementType: ElementType,
    owner: any AnyObject & Sendable
  ) {
    precondition(
      views.count == layout.entries.count
        && zip(views, layout.entries).allSatisfy {
          $0.elementType == elementType && $0.shape == $1.spec.shape
        }, "the views do not fit the layout")
    self.layout = layout
    self.elementType = elementType
    memory = .borrowed(views, owner: owner)
  }

  /// All trainable parameters, one after the other.
  ///
  /// - Precondition: the parameters are not those of a mapped file.
  package var trainable: TensorView { owned.trainable }

  /// All running statistics, one after the other.
  ///
  /// - Precondition: as ``trainable``.
  package var statistics: TensorView { owned.statistics }

  /// A copy of the parameters as they are now.
  public func snapshot() -> Parameters {
    switch memory {
    case .owned(let trainable, let statistics, _):
      return Parameters(
        layout: layout, trainable: Tensor(copying: trainable),
        statistics: Tensor(copying: statistics))
    case .borrowed(let views, _):
      var copy = Parameters(zeros: layout, elementType: elementType)
      copy.withMutableViews { targets in
        for (target, view) in zip(targets, views) { target.copy(from: view) }
      }
      return copy
    }
  }

  /// Replaces all parameters by those of the same layout.
  ///
  /// - Precondition: the parameters are not those of a mapped file.
  public func load(_ parameters: Parameters) {
    precondition(parameters.layout == layout, "the parameters belong to another network")
    parameters.trainable.withView { trainable.copy(from: $0) }
    parameters.statistics.withView { statistics.copy(from: $0) }
  }

  /// The views of the parameters at places of the layout's entries.
  package func views(at indices: [Int]) -> [TensorView] {
    switch memory {
    case .owned: indices.map { view(layout.entries[$0]) }
    case .borrowed(let views, _): indices.map { views[$0] }
    }
  }

  /// The view of one parameter.
  ///
  /// - Precondition: as ``trainable``.
  package func view(_ entry: ParameterLayout.Entry) -> TensorView {
    (entry.spec.isTrainable ? trainable : statistics).part(
      at: entry.offset, shape: entry.spec.shape)
  }

  private var owned: (trainable: TensorView, statistics: TensorView) {
    guard case .owned(let trainable, let statistics, _) = memory else {
      preconditionFailure("parameters of a mapped file are only read, one by one")
    }
    return (trainable, statistics)
  }
}

/// Keeps parameters in one place, so that views of them stay valid.
private final class ParameterStorage {
  var parameters: Parameters

  init(_ parameters: Parameters) { self.parameters = parameters }
}
