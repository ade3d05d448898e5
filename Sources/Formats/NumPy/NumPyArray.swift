import Tensors

/// An array of a `.npy` file or of a member of a `.npz` archive, read where it lies.
///
/// Whatever its element type and order are, rows are given in the usual order as the type that is
/// asked for. Immutable, so that any number of threads may read.
package struct NumPyArray: Sendable {
  /// The extent along each axis.
  package let shape: Shape

  /// How an element is stored, apart from the order of its bytes.
  package let elementType: ElementType

  private let header: NumPyHeader
  private let bytes: FileBytes

  /// Reads the header of an array; its numbers stay where they are.
  ///
  /// - Throws: ``FormatError`` when it is no array of numbers, or not as long as it must be.
  package init(_ bytes: FileBytes) throws(FormatError) {
    header = try NumPyHeader(of: bytes)
    shape = header.shape
    elementType = header.elementType
    self.bytes = bytes
  }

  /// Maps a file; "-" is standard input, where that is one.
  ///
  /// - Throws: as ``init(_:)``.
  package init(path: String) throws(FormatError) { try self.init(FileBytes(path: path)) }

  /// The extent of the outermost axis; 1 for a single number.
  package var rows: Int { shape.rank == 0 ? 1 : shape[0] }

  /// An error about this array.
  package func error(_ problem: String) -> FormatError { bytes.error(problem) }
}

// MARK: - Numbers

extension NumPyArray {
  /// Copies rows as float32, the nearest numbers; truths become 0 and 1.
  ///
  /// - Precondition: the view holds as many elements of float32 as the rows have.
  package func copyNumbers(of rows: Range<Int>, into view: TensorView) {
    checkFit(rows, view, .float32)
    if elementType == .float32, !header.isBigEndian, !isScattered {
      return bytes.withSpan(byteRange(of: rows)) { span in copy(span, into: view) }
    }
    func fill<Bits: FixedWidthInteger & BitwiseCopyable>(
      _ type: Bits.Type, _ value: (Bits) -> Float
    ) {
      forEach(rows, as: type) { place, bits in view.setElement(place, to: value(bits)) }
    }
    switch elementType {
    case .float32: fill(UInt32.self) { Float(bitPattern: $0) }
    case .float64: fill(UInt64.self) { Float(Double(bitPattern: $0)) }
    case .float16: fill(UInt16.self) { HalfPrecision.float(fromBinary16: $0) }
    case .bfloat16: fill(UInt16.self) { HalfPrecision.float(fromBFloat16: $0) }
    case .int8: fill(Int8.self) { Float($0) }
    case .int16: fill(Int16.self) { Float($0) }
    case .int32: fill(Int32.self) { Float($0) }
    case .int64: fill(Int64.self) { Float($0) }
    case .uint8: fill(UInt8.self) { Float($0) }
    case .uint16: fill(UInt16.self) { Float($0) }
    case .uint32: fill(UInt32.self) { Float($0) }
    case .uint64: fill(UInt64.self) { Float($0) }
    case .bool: fill(UInt8.self) { $0 == 0 ? 0 : 1 }
    }
  }

  /// Copies rows as indices.
  ///
  /// - Parameter count: how many indices there are, from 0 on; at most 2^31.
  /// - Throws: ``FormatError`` naming the first row with another number.
  /// - Precondition: the array holds integers or truths, and the view as many elements of int32 as the rows
  ///   have.
  package func copyIndices(
    of rows: Range<Int>, below count: Int, into view: TensorView
  ) throws(FormatError) {
    checkFit(rows, view, .int32)
    func fill<Number: FixedWidthInteger & BitwiseCopyable>(
      _ type: Number.Type
    ) throws(FormatError) {
      try forEach(rows, as: type) { place, number throws(FormatError) in
        guard let index = Int32(exactly: number), index >= 0, index < count else {
          let row = rows.lowerBound + place / max(view.count / rows.count, 1)
          throw error("row \(row): expected an index from 0 to \(count - 1), found \(number)")
        }
        view.setElement(place, to: index)
      }
    }
    switch elementType {
    case .bool, .uint8: try fill(UInt8.self)
    case .int8: try fill(Int8.self)
    case .int16: try fill(Int16.self)
    case .int32: try fill(Int32.self)
    case .int64: try fill(Int64.self)
    case .uint16: try fill(UInt16.self)
    case .uint32: try fill(UInt32.self)
    case .uint64: try fill(UInt64.self)
    default: preconditionFailure("\(elementType) holds no indices")
    }
  }

  /// All of the array as a tensor of its own type.
  package func tensor() -> Tensor {
    var tensor = Tensor(zeros: shape, elementType: elementType)
    tensor.withMutableView { view in
      func fill<Bits: FixedWidthInteger & TensorElement>(_ type: Bits.Type) {
        let target = view.cast(at: 0, shape: shape, elementType: type.elementType)
        forEach(0..<rows, as: type) { place, bits in target.setElement(place, to: bits) }
      }
      switch elementType.byteCount {
      case 1: fill(UInt8.self)
      case 2: fill(UInt16.self)
      case 4: fill(UInt32.self)
      default: fill(UInt64.self)
      }
    }
    return tensor
  }
}

// MARK: - Where elements lie

extension NumPyArray {
  /// Whether neighbours of the usual order lie apart.
  private var isScattered: Bool {
    header.isFortranOrder && shape.dimensions.count { $0 > 1 } > 1
  }

  private func checkFit(_ rows: Range<Int>, _ view: TensorView, _ type: ElementType) {
    precondition(
      rows.lowerBound >= 0 && rows.upperBound <= self.rows,
      "rows \(rows) are outside an array of \(self.rows)")
    precondition(
      view.elementType == type && view.count == rows.count * width,
      "cannot copy \(rows.count) rows of \(width) into \(view.elementType) \(view.shape)")
  }

  /// The number of elements of a row.
  private var width: Int { shape.rank == 0 ? 1 : shape.droppingFirst.count }

  private func byteRange(of rows: Range<Int>) -> Range<Int> {
    let stride = width * elementType.byteCount
    let start = header.byteCount + rows.lowerBound * stride
    return start..<start + rows.count * stride
  }

  private func copy(_ span: RawSpan, into view: TensorView) {
    unsafe span.withUnsafeBytes { bytes in
      view.copy(
        from: unsafe TensorView(
          readOnly: bytes, shape: view.shape, elementType: view.elementType))
    }
  }

  /// Calls a closure with the elements of rows in the usual order, each with its place among them.
  @inline(__always)
  private func forEach<Number: FixedWidthInteger & BitwiseCopyable, Failure: Error>(
    _ rows: Range<Int>, as type: Number.Type,
    _ body: (Int, Number) throws(Failure) -> Void
  ) throws(Failure) {
    let size = MemoryLayout<Number>.size
    let isBigEndian = header.isBigEndian
    func number(_ span: RawSpan, at offset: Int) -> Number {
      // Whatever the header says: an array may begin anywhere in a file.
      let stored = unsafe span.unsafeLoadUnaligned(fromByteOffset: offset, as: Number.self)
      return isBigEndian ? Number(bigEndian: stored) : Number(littleEndian: stored)
    }
    guard isScattered else {
      return try bytes.withSpan(byteRange(of: rows)) { span throws(Failure) in
        for place in 0..<rows.count * width {
          try body(place, number(span, at: place * size))
        }
      }
    }
    let range = header.byteCount..<header.byteCount + shape.count * size
    try bytes.withSpan(range) { span throws(Failure) in
      var walk = FortranWalk(shape, row: rows.lowerBound)
      for place in 0..<rows.count * width {
        try body(place, number(span, at: walk.element * size))
        walk.advance()
      }
    }
  }
}

/// Goes through the elements of an array of Fortran's order in the usual order.
private struct FortranWalk {
  /// Where the element lies, counted in elements.
  private(set) var element: Int
  private var position: [Int]
  private let extents: [Int]
  private let strides: [Int]

  init(_ shape: Shape, row: Int) {
    extents = shape.dimensions
    var stride = 1
    strides = extents.map { extent in
      defer { stride *= extent }
      return stride
    }
    position = Array(repeating: 0, count: extents.count)
    position[0] = row
    element = row
  }

  mutating func advance() {
    var axis = extents.count - 1
    while axis >= 0 {
      position[axis] += 1
      element += strides[axis]
      if position[axis] < extents[axis] { return }
      element -= position[axis] * strides[axis]
      position[axis] = 0
      axis -= 1
    }
  }
}
