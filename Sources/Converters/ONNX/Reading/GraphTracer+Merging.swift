import Layers

extension GraphTracer {
  /// Several values put together element by element, in one arrangement.
  mutating func merged(
    _ layer: any Layer, _ values: [TracedValue], for operation: Operation
  ) throws -> TracedValue {
    var values = try values.map { try finished($0, for: operation) }
    let rank = values.map(\.axes.count).max() ?? 0
    for index in values.indices {
      values[index].axes =
        Array(repeating: [], count: rank - values[index].axes.count) + values[index].axes
    }
    for index in values.indices.dropFirst() {
      for other in 0..<index {
        let pair = try matched(values[other], values[index], operation)
        (values[other], values[index]) = pair
      }
    }
    // The factors of each axis once, under the names that the first value with them has.
    var names: [Int: AxisFactor] = [:]
    var axes: [[AxisFactor]] = []
    for axis in 0..<rank {
      let whole = values.first { !$0.axes[axis].isEmpty }?.axes[axis] ?? []
      for value in values {
        for (own, shared) in zip(value.axes[axis], whole) { names[own.id] = shared }
      }
      axes.append(whole)
    }
    func shared(_ factor: AxisFactor) -> AxisFactor { names[factor.id] ?? factor }
    // Arranged as the value that has most of them.
    let base = values.max { $0.storedFactors.count < $1.storedFactors.count } ?? values[0]
    var target = base.storage.map { $0.map(shared) }
    let stored = Set(target.flatMap { $0 })
    let others = axes.flatMap { $0 }.filter { !$0.isBatch && !stored.contains($0) }
    target += others.map { [$0] }
    // An axis that a value has in part only is taken apart.
    let present = values.map { Set($0.storedFactors.map(shared)) }
    target = target.flatMap { axis in
      let isWhole = present.allSatisfy { factors in
        axis.allSatisfy(factors.contains) || !axis.contains(where: factors.contains)
      }
      return isWhole ? [axis] : axis.map { [$0] }
    }
    let arranged = try values.enumerated().map { index, value in
      var owns: [AxisFactor: AxisFactor] = [:]
      for factor in value.storedFactors { owns[shared(factor)] = factor }
      let wanted = target.map { $0.compactMap { owns[$0] } }
      return try self.arranged(value, as: wanted, for: operation)
    }
    let node = try add(layer, to: arranged.map(\.node), for: operation)
    return value(node, storage: target, axes: axes)
  }

  /// Splits the factors of two values until those of each axis are alike.
  private mutating func matched(
    _ first: TracedValue, _ second: TracedValue, _ operation: Operation
  ) throws -> (TracedValue, TracedValue) {
    var (left, right) = (first, second)
    func refuse() -> ConversionError {
      operation.error("values of \(words(left.extents)) and \(words(right.extents)) do not fit")
    }
    for axis in left.axes.indices {
      var place = 0
      guard !left.axes[axis].isEmpty, !right.axes[axis].isEmpty else { continue }
      guard left.axes[axis].extent == right.axes[axis].extent else { throw refuse() }
      while place < left.axes[axis].count {
        let (one, other) = (left.axes[axis][place], right.axes[axis][place])
        guard one.isBatch == other.isBatch else { throw refuse() }
        if one.extent > other.extent, one.extent % other.extent == 0 {
          left = left.splitting(
            one, into: self.axis(other.extent) + self.axis(one.extent / other.extent))
        } else if other.extent > one.extent, other.extent % one.extent == 0 {
          right = right.splitting(
            other, into: self.axis(one.extent) + self.axis(other.extent / one.extent))
        } else if one.extent != other.extent {
          throw refuse()
        }
        place += 1
      }
    }
    return (left, right)
  }

  /// Several values side by side along an axis.
  mutating func concatenated(
    _ values: [TracedValue], axis place: Int, for operation: Operation
  ) throws -> TracedValue {
    var values = try values.map { try finished($0, for: operation) }
    // Each with a whole of its own along that axis.
    let own = values.map { $0.axes[place] }
    for (index, factors) in own.enumerated() {
      guard !factors.contains(where: \.isBatch) else {
        throw operation.error("puts rows of the batch side by side, which has no counterpart")
      }
      values[index].axes[place] = []
    }
    for index in values.indices.dropFirst() {
      for other in 0..<index {
        let pair = try matched(values[other], values[index], operation)
        (values[other], values[index]) = pair
      }
    }
    let base = values[0]
    let inner = Set(own[0])
    let isLast = base.storage.last.map { !$0.isEmpty && Set($0) == inner } ?? false
    let rest = base.storage.map { $0.filter { !inner.contains($0) } }
    let kept = isLast ? Array(rest.dropLast()) : rest.filter { !$0.isEmpty }
    // Where the axis stood: behind the kept axes that come before it.
    let at =
      isLast
      ? kept.count
      : base.storage.firstIndex { $0.contains(where: inner.contains) }.map { first in
        base.storage[..<first].count { !$0.filter { !inner.contains($0) }.isEmpty }
      } ?? kept.count
    var nodes: [Int] = []
    for (index, value) in values.enumerated() {
      // A value's own factors in the place of the first one's.
      var names: [AxisFactor: AxisFactor] = [:]
      for (mine, other) in zip(value.axes.flatMap { $0 }, base.axes.flatMap { $0 }) {
        names[other] = mine
      }
      guard value.extents == base.extents else {
        throw operation.error(
          "values of \(words(values.map(\.extents)[0])) and \(words(value.extents)) do not fit")
      }
      var wanted = kept.map { $0.map { names[$0] ?? $0 } }
      wanted.insert(own[index], at: at)
      nodes.append(try arranged(value, as: wanted, for: operation).node)
    }
    let isChannels = own.contains { $0.contains(where: \.isChannels) }
    let whole = axis(own.reduce(0) { $0 + $1.extent }, isChannels: isChannels)
    let node = try add(Concatenate(axis: at), to: nodes, for: operation)
    var (storage, axes) = (kept, base.axes)
    storage.insert(whole, at: at)
    axes[place] = whole
    return value(node, storage: storage, axes: axes)
  }

  /// A value with constants before and behind it along an axis: zeros around it, to which they are added.
  mutating func surrounded(
    _ value: TracedValue, by before: [ConstantArray], _ after: [ConstantArray], axis place: Int,
    for operation: Operation
  ) throws -> TracedValue {
    let rank = value.axes.count
    for array in before + after {
      let fits =
        array.extents.count == rank && array.count > 0
        && array.extents.indices.allSatisfy {
          $0 == place || array.extents[$0] == 1 || array.extents[$0] == value.extents[$0]
        }
      guard fits else {
        throw operation.error(
          "a constant of \(array.extents) does not fit beside \(words(value.extents))")
      }
    }
    let (first, last) = (
      before.reduce(0) { $0 + $1.extents[place] }, after.reduce(0) { $0 + $1.extents[place] }
    )
    var cells = Array(repeating: [0, 0], count: rank)
    cells[place] = [first, last]
    let padded = try bordered(value, cells, [place], for: operation)
    // The constants at their places and 0 elsewhere, the same for all rows of the batch.
    var extents = padded.extents
    for axis in extents.indices where padded.axes[axis].contains(where: \.isBatch) {
      extents[axis] = 1
    }
    let count = try madeCount(ConstantArray.count(of: extents), operation)
    var table = Array(repeating: Float(0), count: count)
    let strides = ConstantArray(extents, .reals([0])).strides
    var start = 0
    for array in before + [nil] + after {
      guard let array else {
        start += value.extents[place]
        continue
      }
      var part = extents
      part[place] = array.extents[place]
      let numbers = try array.broadcast(to: part).reals()
      let steps = ConstantArray(part, .reals([0])).strides
      for (index, number) in numbers.enumerated() {
        var target = start * strides[place]
        for axis in part.indices { target += index / steps[axis] % part[axis] * strides[axis] }
        table[target] = number
      }
      start += array.extents[place]
    }
    let sources = (before + after).flatMap(\.sources)
    return try shifted(
      padded, by: ConstantArray(extents, .reals(table), sources: sources), isOnlyUse: false,
      for: operation)
  }
}
