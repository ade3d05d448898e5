/// A dense, row-major block of numbers that owns its memory, aligned to 64 bytes.
///
/// A tensor is a value: a copy shares memory until one of the two is changed.
public struct Tensor: @unchecked Sendable {
  /// The extent along each axis.
  public let shape: Shape

  /// How an element is stored.
  public let elementType: ElementType

  private var storage: TensorStorage

  /// A tensor of zeros.
  public init(zeros shape: Shape, elementType: ElementType = .float32) {
    self.shape = shape
    self.elementType = elementType
    storage = TensorStorage(byteCount: shape.count * elementType.byteCount)
  }

  /// A tensor of the given elements, outermost axis first.
  ///
  /// - Precondition: as many elements as the shape has.
  public init<Element: TensorElement>(_ elements: some Collection<Element>, shape: Shape) {
    self.init(zeros: shape, elementType: Element.elementType)
    uncheckedView.setElements(to: elements)
  }

  /// A vector of the given elements.
  public init<Element: TensorElement>(_ elements: some Collection<Element>) {
    self.init(elements, shape: [elements.count])
  }

  /// A matrix with one row per array.
  ///
  /// - Precondition: rows of equal length.
  public init<Element: TensorElement>(rows: [[Element]]) {
    let width = rows.first?.count ?? 0
    precondition(rows.allSatisfy { $0.count == width }, "rows must be of equal length")
    self.init(Array(rows.joined()), shape: [rows.count, width])
  }

  /// A tensor with a copy of a view's elements.
  public init(copying view: TensorView) {
    shape = view.shape
    elementType = view.elementType
    storage = TensorStorage(byteCount: view.byteCount, isCleared: false)
    uncheckedView.copy(from: view)
  }
}

// MARK: - Size

extension Tensor {
  /// The number of elements.
  public var count: Int { shape.count }

  /// The number of bytes.
  public var byteCount: Int { count * elementType.byteCount }
}

// MARK: - Elements

extension Tensor {
  /// All elements in order.
  ///
  /// - Precondition: the tensor holds elements of this type.
  public func elements<Element: TensorElement>(as type: Element.Type = Element.self) -> [Element] {
    withView { $0.elements(as: type) }
  }

  /// All elements converted to `Double`.
  public func doubles() -> [Double] { withView { $0.doubles() } }

  /// The same elements under another shape of as many elements.
  public func reshaped(to shape: Shape) -> Tensor {
    precondition(shape.count == count, "cannot view \(self.shape) as \(shape)")
    return Tensor(shape: shape, elementType: elementType, storage: storage)
  }

  /// A copy of a range of rows.
  public func rows(_ range: Range<Int>) -> Tensor {
    withView { Tensor(copying: $0.rows(range)) }
  }

  /// Calls a closure with a view for reading, valid only inside it.
  public func withView<Result>(_ body: (TensorView) throws -> Result) rethrows -> Result {
    defer { withExtendedLifetime(storage) {} }
    return try body(uncheckedView)
  }

  /// Calls a closure with a view for writing, valid only inside it.
  public mutating func withMutableView<Result>(
    _ body: (TensorView) throws -> Result
  ) rethrows -> Result {
    makeUnique()
    defer { withExtendedLifetime(storage) {} }
    return try body(uncheckedView)
  }

  /// A view for reading, valid for as long as some copy of this tensor is kept unchanged.
  package func borrowedView() -> TensorView { uncheckedView }

  /// A view for writing, valid for as long as this very tensor is kept and never copied.
  package mutating func ownedView() -> TensorView {
    makeUnique()
    return uncheckedView
  }

  private init(shape: Shape, elementType: ElementType, storage: TensorStorage) {
    self.shape = shape
    self.elementType = elementType
    self.storage = storage
  }

  private var uncheckedView: TensorView {
    unsafe TensorView(address: storage.address, shape: shape, elementType: elementType)
  }

  private mutating func makeUnique() {
    guard !isKnownUniquelyReferenced(&storage) else { return }
    self = Tensor(copying: uncheckedView)
  }
}

// MARK: - Equality

extension Tensor: Equatable {
  /// Whether two tensors have the same type, shape and bytes: NaN equals the same NaN, and zero
  /// differs from minus zero.
  public static func == (left: Tensor, right: Tensor) -> Bool {
    guard left.shape == right.shape, left.elementType == right.elementType else { return false }
    return left.withView { left in right.withView { left.hasSameBytes(as: $0) } }
  }
}
