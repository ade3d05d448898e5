import Foundation
import Kernels
import Tensors

/// A tensor of the old model beside the same one of the new model.
struct TensorPair {
  /// Its path in the new file, or in the old one where the new has it no more.
  let path: String
  /// The name of the layer in the new model, or what else it belongs to.
  let owner: String
  let old: ReadableTensor?
  let new: ReadableTensor?
}

/// What differs between the tensors of two models.
struct TensorComparison {
  /// Relative to the largest number of a tensor: differences up to that are none.
  let tolerance: Double
  /// How many threads look at numbers.
  let threads: Int

  /// So many elements are looked at by one thread at a time.
  private static let partCount = 1 << 20
  /// So many bytes are loaded at a time, of files whose tensors cannot be mapped.
  private static let loadedByteCount = 1 << 28

  /// Compares every pair. Tensors whose digests are the same are not read.
  ///
  /// - Throws: the error of a file whose numbers cannot be read.
  func report(_ pairs: [TensorPair]) throws -> TensorsReport {
    var changes: [Int: TensorChange] = [:]
    var within = 0
    var waiting: [Int] = []
    var loaded = 0
    func compare() throws {
      for (place, change) in try differences(of: waiting.map { pairs[$0] }, at: waiting) {
        if change.fate == .withinTolerance { within += 1 } else { changes[place] = change }
      }
      waiting = []
      loaded = 0
    }
    for (place, pair) in pairs.enumerated() {
      switch (pair.old, pair.new) {
      case (let old?, let new?):
        if old.shape != new.shape {
          changes[place] = TensorChange(.reshaped, pair)
        } else if old.digest == nil || old.digest != new.digest
          || old.elementType != new.elementType
        {
          waiting.append(place)
          loaded += [old, new].reduce(0) { $0 + ($1.isLoaded ? $1.byteCount : 0) }
          if loaded > TensorComparison.loadedByteCount { try compare() }
        }
      case (nil, _): changes[place] = TensorChange(.added, pair)
      case (_, nil): changes[place] = TensorChange(.removed, pair)
      }
    }
    try compare()
    let changed = Set(changes.keys.map { pairs[$0].owner })
    var seen: Set<String> = []
    let unchanged = pairs.map(\.owner).filter { !changed.contains($0) && seen.insert($0).inserted }
    return TensorsReport(
      count: pairs.count, unchangedCount: pairs.count - changes.count, withinToleranceCount: within,
      changes: changes.sorted { $0.key < $1.key }.map(\.value), unchangedLayers: unchanged)
  }

  /// What became of tensors that are there on both sides in one shape; nothing for those that are equal.
  private func differences(
    of pairs: [TensorPair], at places: [Int]
  ) throws -> [(Int, TensorChange)] {
    var views: [(old: TensorView, new: TensorView)] = []
    var owners: [any Sendable] = []
    var parts: [(pair: Int, range: Range<Int>)] = []
    for (index, pair) in pairs.enumerated() {
      guard let old = try pair.old?.open(), let new = try pair.new?.open() else { continue }
      owners += [old.owner, new.owner]
      let count = old.view.count
      views.append((old.view.reshaped(to: [count]), new.view.reshaped(to: [count])))
      for start in stride(from: 0, to: count, by: TensorComparison.partCount) {
        parts.append((index, start..<min(start + TensorComparison.partCount, count)))
      }
    }
    let found = PartResults(count: parts.count)
    // Every call has an element of its own.
    Workers(threadCount: max(min(threads, parts.count), 1), products: .own)
      .forEach(parts.count) { index in
        let (pair, range) = parts[index]
        let (old, new) = views[pair]
        found.set(index, Kernels.difference(of: old.rows(range), from: new.rows(range)))
      }
    var totals = pairs.map { _ in VectorDifference() }
    for (part, difference) in zip(parts, found.all) { totals[part.pair].append(difference) }
    defer { withExtendedLifetime(owners) {} }
    return pairs.indices.compactMap { index in
      let (pair, total) = (pairs[index], totals[index])
      let isRetyped = pair.old?.elementType != pair.new?.elementType
      guard total.differentCount > 0 || isRetyped else { return nil }
      let isNear =
        tolerance > 0 && total.unmatchedCount == 0 && total.largest <= tolerance * total.scale
      let fate: TensorChange.Fate =
        isRetyped ? .retyped : isNear ? .withinTolerance : .changed
      let values = total.place.map { place in
        [views[index].old, views[index].new].map { $0.part(at: place, shape: [1]).doubles()[0] }
      }
      return (places[index], TensorChange(fate, pair, total, values: values))
    }
  }
}

/// What threads found, each in elements that no other has.
private final class PartResults: @unchecked Sendable {
  private var results: [VectorDifference]
  private let lock = NSLock()

  init(count: Int) { results = Array(repeating: VectorDifference(), count: count) }

  func set(_ index: Int, _ result: VectorDifference) {
    lock.lock()
    results[index] = result
    lock.unlock()
  }

  var all: [VectorDifference] { results }
}

/// What became of the tensors of a part of a model.
public struct TensorsReport: Encodable, Sendable {
  /// The number of tensors that are there on one side or both.
  public let count: Int
  /// Those of them that are the same, or within the tolerance.
  public let unchangedCount: Int
  /// Those that are within the tolerance and not the same.
  public let withinToleranceCount: Int
  /// The others, in the order of the new file.
  public let changes: [TensorChange]
  /// The layers, by their new names, of which no tensor has changed: the frozen part.
  public let unchangedLayers: [String]

  private enum CodingKeys: String, CodingKey {
    case count, changes, unchangedLayers
    case unchangedCount = "unchanged"
    case withinToleranceCount = "within_tolerance"
  }

  /// The same without changes that are not to be counted.
  func ignoring(_ isIgnored: (TensorChange) -> Bool) -> TensorsReport {
    TensorsReport(
      count: count, unchangedCount: unchangedCount, withinToleranceCount: withinToleranceCount,
      changes: changes.filter { !isIgnored($0) }, unchangedLayers: unchangedLayers)
  }
}

/// A tensor that is not the same.
public struct TensorChange: Encodable, Sendable {
  /// What became of it.
  public enum Fate: String, Encodable, Sendable {
    case added, removed, changed
    /// Its elements are stored as another type.
    case retyped
    /// It has other extents.
    case reshaped
    /// Its numbers differ by less than counts.
    case withinTolerance = "within_tolerance"
  }

  public let fate: Fate
  /// Its path in the new file, or in the old one where the new has it no more.
  public let path: String
  /// Its path in the old file, where that is another one.
  public let oldPath: String?
  public let oldType: String?
  public let newType: String?
  public let oldShape: [Int]?
  public let newShape: [Int]?
  /// How the numbers differ; nil where they cannot be compared.
  public let difference: NumberDifference?

  init(
    _ fate: Fate, _ pair: TensorPair, _ total: VectorDifference? = nil, values: [Double]? = nil
  ) {
    self.fate = fate
    path = pair.path
    oldPath = pair.old?.path == pair.path ? nil : pair.old?.path
    oldType = pair.old?.elementType.rawValue
    newType = pair.new?.elementType.rawValue
    oldShape = pair.old?.shape.dimensions
    newShape = pair.new?.shape.dimensions
    difference = total.map { NumberDifference($0, shape: pair.new?.shape ?? [], values: values) }
  }
}

/// How the numbers of two tensors differ. NaN at one place in both are no difference.
public struct NumberDifference: Encodable, Sendable {
  /// The number of elements.
  public let count: Int
  /// How many are not equal.
  public let differentCount: Int
  /// At how many places one is NaN or infinite and the other is not, or otherwise so.
  public let unmatchedCount: Int
  /// The largest absolute difference of finite numbers.
  public let largest: Double
  /// The same beside the largest number of both tensors.
  public let relativeLargest: Double
  /// Where that is, and the numbers there.
  public let place: [Int]?
  public let old: Double?
  public let new: Double?
  /// The norm of the difference beside the larger norm.
  public let relativeNorm: Double
  /// The cosine of the angle between both as vectors; nil where one is zero.
  public let cosine: Double?

  init(_ total: VectorDifference, shape: Shape, values: [Double]?) {
    count = total.count
    differentCount = total.differentCount
    unmatchedCount = total.unmatchedCount
    largest = total.largest
    relativeLargest = total.scale > 0 ? total.largest / total.scale : 0
    place = total.place.map { place in
      var rest = place
      var places: [Int] = []
      for extent in shape.dimensions.reversed() {
        places.append(rest % extent)
        rest /= extent
      }
      return places.reversed()
    }
    old = values?[0]
    new = values?[1]
    relativeNorm = total.relativeNorm
    cosine = total.cosine
  }

  private enum CodingKeys: String, CodingKey {
    case count, largest, relativeLargest, place, old, new, relativeNorm, cosine
    case differentCount = "different"
    case unmatchedCount = "unmatched"
  }
}
