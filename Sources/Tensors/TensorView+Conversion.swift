extension TensorView {
  /// Replaces all elements by those of a view of as many real numbers of any floating-point type.
  ///
  /// Numbers that the type does not have become the nearest one, ties to even; between float64 and
  /// a 16-bit type by way of float32.
  package func convert(from source: TensorView) {
    precondition(
      source.count == count && source.elementType.isFloatingPoint && elementType.isFloatingPoint,
      "cannot convert \(source.elementType) \(source.shape) into \(elementType) \(shape)")
    if source.elementType == elementType { return copy(from: source) }
    switch elementType {
    case .float32: convert(from: source, to: Float.self) { $0 }
    case .float64: convert(from: source, to: Double.self) { Double($0) }
    case .float16: convert(from: source, to: UInt16.self) { HalfPrecision.binary16(of: $0) }
    default: convert(from: source, to: UInt16.self) { HalfPrecision.bfloat16(of: $0) }
    }
  }

  private func convert<Target: BitwiseCopyable>(
    from source: TensorView, to type: Target.Type, _ body: (Float) -> Target
  ) {
    guard let start = unsafe address, let origin = unsafe source.address else { return }
    let target = unsafe UnsafeMutableBufferPointer(
      start: start.assumingMemoryBound(to: Target.self), count: count)
    func fill<Source: BitwiseCopyable>(_ type: Source.Type, _ value: (Source) -> Float) {
      let elements = unsafe UnsafeBufferPointer(
        start: origin.assumingMemoryBound(to: Source.self), count: count)
      for index in 0..<count { unsafe target[index] = body(value(elements[index])) }
    }
    switch source.elementType {
    case .float32: fill(Float.self) { $0 }
    case .float64: fill(Double.self) { Float($0) }
    case .float16: fill(UInt16.self) { HalfPrecision.float(fromBinary16: $0) }
    default: fill(UInt16.self) { HalfPrecision.float(fromBFloat16: $0) }
    }
  }
}

extension Tensor {
  /// The same real numbers as another floating-point type.
  public func converted(to elementType: ElementType) -> Tensor {
    if elementType == self.elementType { return self }
    var converted = Tensor(zeros: shape, elementType: elementType)
    converted.withMutableView { target in withView { target.convert(from: $0) } }
    return converted
  }
}
