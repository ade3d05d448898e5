import Tensors

/// Rows to train on and rows held out.
public struct Split: Hashable, Sendable {
  /// The rows to train on, in their order.
  public let training: [Int]

  /// The rows held out, in their order.
  public let validation: [Int]

  /// The stream of random numbers that splitting uses, so that no other use of the same seed
  /// gives the same numbers.
  public static let stream: UInt32 = 0x5350_4C54

  /// Holds out a share of the rows of every class.
  ///
  /// Of a class of n rows, n · share are held out, rounded; but at least one is trained on.
  /// The same labels, share and seed always give the same rows.
  ///
  /// - Parameters:
  ///   - labels: a class number per row, from 0.
  ///   - share: from 0 up to, not including, 1.
  ///   - seed: from which the rows are drawn.
  public static func stratified(labels: [Int32], share: Double, seed: UInt64) -> Split {
    precondition(share >= 0 && share < 1, "share must be in 0..<1, found \(share)")
    let order = RandomStream(seed: seed, stream: stream).permutation(of: labels.count)
    var sizes: [Int32: Int] = [:]
    for label in labels { sizes[label, default: 0] += 1 }
    var left = sizes.mapValues { min(Int((Double($0) * share).rounded()), $0 - 1) }
    var isHeldOut = [Bool](repeating: false, count: labels.count)
    for row in order {
      guard let remaining = left[labels[Int(row)]], remaining > 0 else { continue }
      left[labels[Int(row)]] = remaining - 1
      isHeldOut[Int(row)] = true
    }
    // Where every class is too small to spare its share, one row still is held out.
    if share > 0, !isHeldOut.contains(true) {
      let spare = order.first { sizes[labels[Int($0)]] ?? 0 > 1 }
      if let spare { isHeldOut[Int(spare)] = true }
    }
    return Split(isHeldOut: isHeldOut)
  }

  /// Holds out a share of all rows: at least one, and at most all but the two without which no
  /// number can be learned.
  ///
  /// The same count, share and seed always give the same rows.
  public static func random(count: Int, share: Double, seed: UInt64) -> Split {
    precondition(share >= 0 && share < 1, "share must be in 0..<1, found \(share)")
    let order = RandomStream(seed: seed, stream: stream).permutation(of: count)
    let wanted = share > 0 ? max(1, Int((Double(count) * share).rounded())) : 0
    var isHeldOut = [Bool](repeating: false, count: count)
    for row in order.prefix(max(0, min(wanted, count - 2))) { isHeldOut[Int(row)] = true }
    return Split(isHeldOut: isHeldOut)
  }

  /// Holds out a share of a table's rows, of every class where a target is classes: the first of
  /// those.
  ///
  /// What is a class is decided as ``Preprocessing/init(fitting:rows:target:options:)`` does.
  ///
  /// - Throws: ``TableError`` when the target is not fit to be learned.
  public static func of(
    _ table: Table, targets: [String], options: PreprocessingOptions = PreprocessingOptions(),
    share: Double, seed: UInt64
  ) throws(TableError) -> Split {
    let rows = Array(0..<table.rowCount)
    let fitted = try Preprocessing.Target.all(
      fitting: table, rows: rows, named: targets, options: options)
    guard case .classes(let classes)? = fitted.first(where: { $0.task == .classification }),
      let column = table.column(named: classes.name)
    else {
      return .random(count: rows.count, share: share, seed: seed)
    }
    // In the order of the classes, so that labels do not depend on the order of rows.
    let names = column.asNames()
    let places = names.places(in: classes.classes, hasNumberKeys: classes.hasNumberKeys)
    let labels = names.codes.map { Int32((places[Int($0)]) ?? 0) }
    return .stratified(labels: labels, share: share, seed: seed)
  }

  private init(isHeldOut: [Bool]) {
    training = isHeldOut.indices.filter { !isHeldOut[$0] }
    validation = isHeldOut.indices.filter { isHeldOut[$0] }
  }
}

extension ClassTarget {
  /// Weights that make every class count the same: n / (k · n_c) for the class c of n_c rows
  /// among n rows and k classes.
  public var balancedWeights: [Float] {
    let total = counts.reduce(0, +)
    return counts.map { Float(Double(total) / (Double(counts.count) * Double(max($0, 1)))) }
  }
}
