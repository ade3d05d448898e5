/// A checked, non-owning window onto a dense, row-major block of elements.
///
/// A view is what kernels read and write. Whoever makes one keeps the memory alive for as long
/// as the view is used: ``Tensor`` for the length of a closure, a session for its own lifetime.
/// Copying a view never allocates.
@safe
public struct TensorView: @unchecked Sendable {
  /// The extent along each axis.
  public let shape: Shape

  /// How an element is stored.
  public let elementType: ElementType

  /// The first element. Null only when the view is empty.
  package let address: UnsafeMutableRawPointer?

  /// A view of memory that holds at least `shape.count` elements at `address`.
  package init(address: UnsafeMutableRawPointer?, shape: Shape, elementType: ElementType) {
    unsafe precondition(address != nil || shape.count == 0, "a view of no memory must be empty")
    unsafe self.address = address
    self.shape = shape
    self.elementType = elementType
  }
}

extension TensorView {
  /// A view of memory that must not be written to, such as a mapped file.
  package init(readOnly bytes: UnsafeRawBufferPointer, shape: Shape, elementType: ElementType) {
    precondition(
      bytes.count == shape.count * elementType.byteCount, "the bytes do not fill \(shape)")
    unsafe self.init(
      address: UnsafeMutableRawPointer(mutating: bytes.baseAddress), shape: shape,
      elementType: elementType)
  }
}

// MARK: - Size

extension TensorView {
  /// The number of elements.
  public var count: Int { shape.count }

  /// The number of bytes.
  public var byteCount: Int { count * elementType.byteCount }

  /// The extent of the outermost axis; 1 for a scalar.
  public var rows: Int { shape.rank == 0 ? 1 : shape[0] }

  /// The number of elements in a row: everything but the outermost axis.
  public var rowCount: Int { rows == 0 ? 0 : count / rows }
}

// MARK: - Parts

extension TensorView {
  /// The rows of a range of the outermost axis, sharing this view's memory.
  public func rows(_ range: Range<Int>) -> TensorView {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= rows,
      "rows \(range) are outside a view of \(rows)")
    let stride = rowCount * elementType.byteCount
    return unsafe TensorView(
      address: address.map { unsafe $0 + range.lowerBound * stride },
      shape: shape.replacing(axis: 0, with: range.count),
      elementType: elementType)
  }

  /// The first rows, sharing this view's memory.
  public func prefix(_ count: Int) -> TensorView { rows(0..<count) }

  /// The same elements under another shape of as many elements.
  public func reshaped(to shape: Shape) -> TensorView {
    precondition(shape.count == count, "cannot view \(self.shape) as \(shape)")
    return unsafe TensorView(address: address, shape: shape, elementType: elementType)
  }

  /// A range of elements as a tensor of its own shape, sharing this view's memory.
  public func part(at offset: Int, shape: Shape) -> TensorView {
    precondition(
      offset >= 0 && offset + shape.count <= count,
      "elements \(offset)..<\(offset + shape.count) are outside a view of \(count)")
    return unsafe TensorView(
      address: address.map { unsafe $0 + offset * elementType.byteCount },
      shape: shape,
      elementType: elementType)
  }
}

extension TensorView {
  /// A window of another type onto a part of these bytes, beginning at a byte offset.
  package func cast(at offset: Int, shape: Shape, elementType: ElementType) -> TensorView {
    precondition(
      offset >= 0 && offset + shape.count * elementType.byteCount <= byteCount,
      "a window of \(shape) at byte \(offset) is outside a view of \(byteCount) bytes")
    return unsafe TensorView(
      address: address.map { unsafe $0 + offset }, shape: shape, elementType: elementType)
  }
}

// MARK: - Elements

extension TensorView {
  /// One element, checked for type and bounds.
  public func element<Element: TensorElement>(
    _ index: Int, as type: Element.Type = Element.self
  ) -> Element {
    precondition(type.elementType == elementType, "the view holds \(elementType)")
    precondition(index >= 0 && index < count, "element \(index) is outside a view of \(count)")
    return unsafe address!.load(
      fromByteOffset: index * MemoryLayout<Element>.size, as: Element.self)
  }

  /// Replaces one element, checked for type and bounds.
  public func setElement<Element: TensorElement>(_ index: Int, to value: Element) {
    precondition(Element.elementType == elementType, "the view holds \(elementType)")
    precondition(index >= 0 && index < count, "element \(index) is outside a view of \(count)")
    unsafe address!.storeBytes(
      of: value, toByteOffset: index * MemoryLayout<Element>.size, as: Element.self)
  }

  /// All elements in order.
  public func elements<Element: TensorElement>(as type: Element.Type = Element.self) -> [Element] {
    precondition(type.elementType == elementType, "the view holds \(elementType)")
    guard let start = unsafe address else { return [] }
    return unsafe Array(
      UnsafeBufferPointer(start: start.assumingMemoryBound(to: Element.self), count: count))
  }

  /// All elements, widened or converted to `Double`. For floating-point, integer and bool types
  /// that Swift has on every platform.
  public func doubles() -> [Double] {
    switch elementType {
    case .float32: elements(as: Float.self).map(Double.init)
    case .float64: elements(as: Double.self)
    case .float16: elements16().map { Double(HalfPrecision.float(fromBinary16: $0)) }
    case .bfloat16: elements16().map { Double(HalfPrecision.float(fromBFloat16: $0)) }
    case .int8: elements(as: Int8.self).map(Double.init)
    case .int16: elements(as: Int16.self).map(Double.init)
    case .int32: elements(as: Int32.self).map(Double.init)
    case .int64: elements(as: Int64.self).map(Double.init)
    case .uint8: elements(as: UInt8.self).map(Double.init)
    case .uint16: elements(as: UInt16.self).map(Double.init)
    case .uint32: elements(as: UInt32.self).map(Double.init)
    // `Double.init` alone would take the bits.
    case .uint64: elements(as: UInt64.self).map { Double($0) }
    case .bool: bytes().map(Double.init)
    }
  }

  /// Replaces all elements.
  public func setElements<Element: TensorElement>(to values: some Collection<Element>) {
    precondition(values.count == count, "expected \(count) elements, found \(values.count)")
    precondition(Element.elementType == elementType, "the view holds \(elementType)")
    guard let start = unsafe address else { return }
    let buffer = unsafe UnsafeMutableBufferPointer(
      start: start.assumingMemoryBound(to: Element.self), count: count)
    _ = unsafe buffer.update(fromContentsOf: values)
  }

  /// Copies the elements of a view of the same type and count into this one.
  public func copy(from source: TensorView) {
    precondition(
      source.count == count && source.elementType == elementType,
      "cannot copy \(source.elementType) \(source.shape) into \(elementType) \(shape)")
    guard let target = unsafe address, let origin = unsafe source.address else { return }
    unsafe target.copyMemory(from: origin, byteCount: byteCount)
  }

  /// Sets every byte to zero, which is the number zero in every element type.
  public func clear() {
    guard let target = unsafe address else { return }
    unsafe target.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
  }

  /// The stored bytes, in order.
  public func bytes() -> [UInt8] {
    guard let start = unsafe address else { return [] }
    return unsafe Array(UnsafeRawBufferPointer(start: start, count: byteCount))
  }

  /// Whether two views start at the same address.
  public func isSameMemory(as other: TensorView) -> Bool { unsafe address == other.address }

  /// Whether two views hold the same bytes.
  public func hasSameBytes(as other: TensorView) -> Bool {
    unsafe withBytes { mine in
      unsafe other.withBytes { theirs in unsafe mine.elementsEqual(theirs) }
    }
  }

  /// Calls a closure with the stored bytes.
  package func withBytes<Result>(
    _ body: (UnsafeRawBufferPointer) throws -> Result
  ) rethrows -> Result {
    try unsafe body(UnsafeRawBufferPointer(start: address, count: byteCount))
  }

  /// Calls a closure with the stored bytes as a span.
  package func withRawSpan<Result, Failure: Error>(
    _ body: (RawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    unsafe try body(RawSpan(_unsafeStart: address ?? .init(bitPattern: 64)!, byteCount: byteCount))
  }

  private func elements16() -> [UInt16] {
    guard let start = unsafe address else { return [] }
    return unsafe Array(
      UnsafeBufferPointer(start: start.assumingMemoryBound(to: UInt16.self), count: count))
  }
}
