import Formats

/// Numbers that a graph holds, or that follow from those and from shapes alone.
struct ConstantArray: Sendable {
  /// The extent along each axis.
  var extents: [Int]

  /// The numbers in the usual order, or one that stands for all.
  var numbers: ONNXTensorNumbers

  /// The initializers that the numbers come from.
  var sources: [String] = []

  /// An array of numbers.
  init(_ extents: [Int], _ numbers: ONNXTensorNumbers, sources: [String] = []) {
    self.extents = extents
    self.numbers = numbers
    self.sources = sources
  }

  /// A list of integers.
  init(_ integers: [Int]) { self.init([integers.count], .integers(integers)) }

  /// One integer.
  init(scalar integer: Int) { self.init([], .integers([integer])) }
}

/// Why constants cannot be computed.
struct ConstantProblem: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

// MARK: - Elements

extension ConstantArray {
  /// The number of elements.
  var count: Int { extents.reduce(1, *) }

  /// Whether one number stands for all.
  var isUniform: Bool { numbers.count == 1 }

  var isReal: Bool { if case .reals = numbers { true } else { false } }

  func real(_ index: Int) -> Float {
    switch numbers {
    case .reals(let values): values[values.count == 1 ? 0 : index]
    case .integers(let values): Float(values[values.count == 1 ? 0 : index])
    }
  }

  func integer(_ index: Int) -> Int {
    switch numbers {
    case .reals(let values):
      Int(exactly: values[values.count == 1 ? 0 : index].rounded(.towardZero)) ?? 0
    case .integers(let values): values[values.count == 1 ? 0 : index]
    }
  }

  /// The only number; nil where there are several.
  var scalar: Double? {
    guard count > 0, isUniform else {
      guard count > 1, numbers.count == count else { return nil }
      // Several equal ones are one as well.
      let first = real(0)
      return (1..<count).allSatisfy { real($0) == first } ? Double(first) : nil
    }
    return Double(real(0))
  }

  /// All elements as real numbers.
  ///
  /// - Throws: ``ConstantProblem`` where one number stands for more than could have been stored.
  func reals() throws -> [Float] {
    if case .reals(let values) = numbers, values.count == count { return values }
    try ConstantArray.check(count, from: numbers.count)
    return (0..<count).map { real($0) }
  }

  /// All elements as integers.
  ///
  /// - Throws: ``ConstantProblem`` as ``reals()``, and where they are real numbers.
  func integers() throws -> [Int] {
    guard case .integers(let values) = numbers else {
      throw ConstantProblem("expected integers, found real numbers")
    }
    if values.count == count { return values }
    try ConstantArray.check(count, from: values.count)
    return Array(repeating: values[0], count: count)
  }

  /// The most numbers that are made of fewer.
  private static let largest = 1 << 22

  /// Refuses to make many numbers of few.
  static func check(_ count: Int, from stored: Int) throws {
    guard count <= max(largest, stored) else {
      throw ConstantProblem("would make \(count) numbers of \(stored)")
    }
  }

  /// The number of elements of extents.
  ///
  /// - Throws: ``ConstantProblem`` when they are negative, or overflow.
  static func count(of extents: [Int]) throws -> Int {
    // Also without those of extent 0, so that no part of them overflows.
    var product = 1
    for extent in extents {
      let (next, overflow) = product.multipliedReportingOverflow(by: max(extent, 1))
      guard extent >= 0, !overflow, next < 1 << 60 else {
        throw ConstantProblem("expected extents of a tensor, found \(extents)")
      }
      product = next
    }
    return extents.contains(0) ? 0 : product
  }
}

// MARK: - Other orders

extension ConstantArray {
  /// How many elements apart two neighbours along each axis are.
  var strides: [Int] {
    var strides = Array(repeating: 1, count: extents.count)
    for axis in extents.indices.dropLast().reversed() {
      strides[axis] = strides[axis + 1] * extents[axis + 1]
    }
    return strides
  }

  /// The same elements under other extents of the same product.
  func reshaped(_ extents: [Int]) -> ConstantArray {
    ConstantArray(extents, numbers, sources: sources)
  }

  /// The elements that a walk over other extents meets.
  ///
  /// - Precondition: every place of the walk is in the array.
  /// - Throws: ``ConstantProblem`` when that are far more than there are here.
  func strided(_ extents: [Int], strides: [Int], offset: Int = 0) throws -> ConstantArray {
    let count = try ConstantArray.count(of: extents)
    if isUniform || count == 0 {
      return ConstantArray(extents, count == 0 ? .integers([]) : numbers, sources: sources)
    }
    try ConstantArray.check(count, from: numbers.count)
    var places = [Int]()
    places.reserveCapacity(count)
    var position = Array(repeating: 0, count: extents.count)
    var place = offset
    for _ in 0..<count {
      places.append(place)
      var axis = extents.count - 1
      while axis >= 0 {
        position[axis] += 1
        place += strides[axis]
        if position[axis] < extents[axis] { break }
        place -= strides[axis] * extents[axis]
        position[axis] = 0
        axis -= 1
      }
    }
    return picked(places, extents)
  }

  /// The elements at places.
  func picked(_ places: [Int], _ extents: [Int]) -> ConstantArray {
    let picked: ONNXTensorNumbers =
      switch numbers {
      case .reals(let values): .reals(places.map { values[$0] })
      case .integers(let values): .integers(places.map { values[$0] })
      }
    return ConstantArray(extents, isUniform ? numbers : picked, sources: sources)
  }

  /// The axes in another order: axis i is the old axis `order[i]`.
  func permuted(_ order: [Int]) throws -> ConstantArray {
    let strides = strides
    return try strided(order.map { extents[$0] }, strides: order.map { strides[$0] })
  }

  /// Repeated along axes of extent 1, as NumPy broadcasts.
  ///
  /// - Throws: ``ConstantProblem`` when the extents do not fit.
  func broadcast(to target: [Int]) throws -> ConstantArray {
    if target == extents { return self }
    let missing = target.count - extents.count
    let own = strides
    var steps = Array(repeating: 0, count: target.count)
    guard missing >= 0 else {
      throw ConstantProblem("\(extents) does not spread over \(target)")
    }
    for axis in extents.indices {
      if extents[axis] == target[axis + missing] {
        steps[axis + missing] = own[axis]
      } else if extents[axis] != 1 {
        throw ConstantProblem("\(extents) does not spread over \(target)")
      }
    }
    return try strided(target, strides: steps)
  }

  /// The extents of two arrays that spread over each other.
  static func broadcastExtents(_ left: [Int], _ right: [Int]) throws -> [Int] {
    let rank = max(left.count, right.count)
    let pad = { (extents: [Int]) in Array(repeating: 1, count: rank - extents.count) + extents }
    return try zip(pad(left), pad(right)).map { a, b in
      guard a == b || a == 1 || b == 1 else {
        throw ConstantProblem("\(left) and \(right) do not fit together")
      }
      return a == 1 ? b : a
    }
  }
}
