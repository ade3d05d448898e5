/// The extent of a tensor along each axis, outermost first: `[64, 10]` is 64 rows of 10.
///
/// A shape is held inline, so that copying one never allocates. At most eight axes are held.
public struct Shape: Hashable, Sendable {
  /// The largest number of axes a shape can have.
  public static let maximumRank = 8

  private var extents: SIMD8<Int>

  /// The number of axes; 0 for a scalar.
  public private(set) var rank: Int

  /// A shape with the given extents, outermost axis first.
  ///
  /// - Precondition: at most ``maximumRank`` axes, none negative, and a product that fits `Int`.
  ///   Extents that come from a file are checked first.
  public init(_ extents: some Collection<Int>) {
    guard let shape = try? Shape(checking: extents) else {
      preconditionFailure("not a shape: \(Array(extents))")
    }
    self = shape
  }

  /// A shape from extents that nobody has checked yet.
  ///
  /// - Throws: ``ShapeError`` when there are too many axes, an extent is negative, or the extents
  ///   other than 0 have a product above ``maximumCount``, which bounds every later byte count, with
  ///   some of the axes taken away too.
  public init(checking extents: some Collection<Int>) throws {
    try self.init(checking: Array(extents))
  }

  /// A shape of one axis, made without an array.
  package init(_ extent: Int) { self.init(SIMD8(extent, 1, 1, 1, 1, 1, 1, 1), rank: 1) }

  /// A shape of two axes, made without an array.
  package init(_ outer: Int, _ inner: Int) {
    self.init(SIMD8(outer, inner, 1, 1, 1, 1, 1, 1), rank: 2)
  }

  /// A shape of three axes, made without an array.
  package init(_ outer: Int, _ middle: Int, _ inner: Int) {
    self.init(SIMD8(outer, middle, inner, 1, 1, 1, 1, 1), rank: 3)
  }

  private init(_ extents: SIMD8<Int>, rank: Int) {
    // As the other shapes have it, so that equal ones are equal.
    self.extents = SIMD8(repeating: 0)
    self.rank = rank
    var product = 1
    for axis in 0..<rank {
      let (next, overflow) = product.multipliedReportingOverflow(by: max(extents[axis], 1))
      precondition(
        extents[axis] >= 0 && !overflow && next <= Shape.maximumCount, "not a shape: \(extents)")
      product = next
      self.extents[axis] = extents[axis]
    }
  }

  /// The same for an array, which other modules need not specialise.
  public init(checking extents: [Int]) throws {
    guard extents.count <= Shape.maximumRank else {
      throw ShapeError.tooManyAxes(extents.count)
    }
    self.extents = SIMD8(repeating: 0)
    self.rank = extents.count
    var product = 1
    for axis in 0..<extents.count {
      let extent = extents[axis]
      guard extent >= 0 else { throw ShapeError.negativeExtent(extent) }
      let (next, overflow) = product.multipliedReportingOverflow(by: max(extent, 1))
      guard !overflow, next <= Shape.maximumCount else {
        throw ShapeError.tooLarge(extents)
      }
      product = next
      self.extents[axis] = extent
    }
  }

  /// The largest number of elements a shape can have: 2^41.
  public static let maximumCount = 1 << 41

  /// The number of elements: the product of all extents, 1 for a scalar.
  public var count: Int {
    var product = 1
    for axis in 0..<rank { product *= extents[axis] }
    return product
  }

  /// The extents as an array, outermost first.
  public var dimensions: [Int] { (0..<rank).map { extents[$0] } }

  /// The extent along an axis.
  public subscript(axis: Int) -> Int {
    precondition(axis >= 0 && axis < rank, "axis \(axis) is outside a shape of rank \(rank)")
    return extents[axis]
  }

  /// The extent of the innermost axis; 1 for a scalar.
  public var last: Int { rank == 0 ? 1 : extents[rank - 1] }
}

// MARK: - Derived shapes

extension Shape {
  /// This shape with one more axis, of the given extent, in front.
  public func prepending(_ extent: Int) -> Shape { Shape([extent] + dimensions) }

  /// This shape without its outermost axis.
  public var droppingFirst: Shape { Shape(dimensions.dropFirst()) }

  /// This shape with the extent of one axis replaced. Done for every batch, so without an array.
  public func replacing(axis: Int, with extent: Int) -> Shape {
    precondition(axis >= 0 && axis < rank, "axis \(axis) is outside a shape of rank \(rank)")
    precondition(extent >= 0, "expected an extent of 0 or more, found \(extent)")
    var shape = self
    shape.extents[axis] = 1
    let (count, overflow) = shape.count.multipliedReportingOverflow(by: extent)
    precondition(!overflow && count <= Shape.maximumCount, "\(self) would become too large")
    shape.extents[axis] = extent
    return shape
  }
}

extension Shape: ExpressibleByArrayLiteral {
  public init(arrayLiteral elements: Int...) { self.init(elements) }
}

extension Shape: CustomStringConvertible {
  public var description: String {
    "[" + dimensions.map(String.init).joined(separator: ", ") + "]"
  }
}

extension Shape: Codable {
  public init(from decoder: any Decoder) throws {
    let extents = try decoder.singleValueContainer().decode([Int].self)
    try self.init(checking: extents)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(dimensions)
  }
}

/// Why a list of extents is not a shape.
public enum ShapeError: Error, Hashable, CustomStringConvertible {
  case tooManyAxes(Int)
  case negativeExtent(Int)
  case tooLarge([Int])

  public var description: String {
    switch self {
    case .tooManyAxes(let count):
      "expected at most \(Shape.maximumRank) axes, found \(count)"
    case .negativeExtent(let extent):
      "expected extents of 0 or more, found \(extent)"
    case .tooLarge(let extents):
      "expected at most 2^41 elements, found \(extents)"
    }
  }
}
