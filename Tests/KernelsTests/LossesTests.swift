import Kernels
import Tensors
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

@Suite struct LossesTests {
  /// A loss as a kernel call, and its plain formula on a row of predictions.
  struct Loss: Sendable, CustomTestStringConvertible {
    var name: String
    var usesLabels = false
    var call:
      @Sendable (
        _ x: TensorView, _ targets: TensorView, _ weights: TensorView?, _ scale: Double,
        _ gradient: TensorView?, _ workers: Workers
      ) -> Double
    var row: @Sendable (_ x: ArraySlice<Double>, _ targets: ArraySlice<Double>) -> Double
    var testDescription: String { name }
  }

  static func logSoftmax(_ x: ArraySlice<Double>) -> [Double] {
    let largest = x.max() ?? 0
    let logOfSum = log(x.reduce(0) { $0 + exp($1 - largest) })
    return x.map { $0 - largest - logOfSum }
  }

  static func softplus(_ x: Double) -> Double { max(x, 0) + log1p(exp(-abs(x))) }

  static func elementwise(
    _ f: @escaping @Sendable (Double, Double) -> Double
  ) -> @Sendable (ArraySlice<Double>, ArraySlice<Double>) -> Double {
    { zip($0, $1).map(f).reduce(0, +) }
  }

  static func regression(
    _ kind: RegressionLoss, _ f: @escaping @Sendable (Double, Double) -> Double
  ) -> Loss {
    Loss(
      name: "\(kind)",
      call: {
        Kernels.regressionLoss(
          kind, parameter: 0.7, predictions: $0, targets: $1, rowWeights: $2, scale: $3,
          gradient: $4, on: $5)
      }, row: elementwise(f))
  }

  static func binaryFocal(gamma: Double, alpha: Double) -> Loss {
    Loss(
      name: "binary focal \(gamma) \(alpha)",
      call: {
        Kernels.binaryFocal(
          logits: $0, targets: $1, gamma: gamma, alpha: alpha, rowWeights: $2, scale: $3,
          gradient: $4, on: $5)
      },
      row: elementwise { x, t in
        let p = 1 / (1 + exp(-x))
        let entropy = t * softplus(-x) + (1 - t) * softplus(x)
        let weight = alpha < 0 ? 1 : alpha * t + (1 - alpha) * (1 - t)
        return weight * entropy * pow(p * (1 - t) + (1 - p) * t, gamma)
      })
  }

  static let losses: [Loss] = [
    regression(.squared) { p, t in (p - t) * (p - t) },
    regression(.absolute) { p, t in abs(p - t) },
    regression(.huber) { p, t in
      let e = abs(p - t)
      return e <= 0.7 ? 0.5 * e * e : 0.7 * (e - 0.35)
    },
    regression(.smoothL1) { p, t in
      let e = abs(p - t)
      return e < 0.7 ? 0.5 * e * e / 0.7 : e - 0.35
    },
    Loss(
      name: "binary cross-entropy",
      call: {
        Kernels.binaryCrossEntropy(
          logits: $0, targets: $1, positiveWeight: 2.5, rowWeights: $2, scale: $3, gradient: $4,
          on: $5)
      },
      row: elementwise { x, t in 2.5 * t * softplus(-x) + (1 - t) * softplus(x) }),
    binaryFocal(gamma: 2, alpha: 0.25),
    binaryFocal(gamma: 0.5, alpha: 0.7),
    binaryFocal(gamma: 0, alpha: -1),
  ]

  @Test(
    "Losses of elements agree with their formulas, gradients with their slopes",
    arguments: losses, floatingTypes)
  func elements(loss: Loss, type: ElementType) {
    for (rows, columns) in [(1, 1), (17, 1), (64, 3), (3000, 7)] {
      let count = rows * columns
      let x = Numbers(uniform(count, seed: 1, in: -4...4), [rows, columns], type)
      let isBinary = loss.name.hasPrefix("binary")
      let targets = uniform(count, seed: 2, in: -2...2).map { isBinary ? ($0 > 0 ? 1.0 : 0) : $0 }
      let t = Numbers(targets, [rows, columns], type)
      let weights = Numbers(uniform(rows, seed: 3, in: 0...2), [rows], type)
      for w in [nil, weights] {
        check(loss, x, t, targets, w, rows, columns, type)
      }
    }
  }

  /// Compares value, gradient, threads and in-place use.
  func check(
    _ loss: Loss, _ x: Numbers, _ t: Numbers, _ targets: [Double], _ weights: Numbers?,
    _ rows: Int, _ columns: Int, _ type: ElementType
  ) {
    let perRow = targets.count / rows
    var total = 0.0
    var slopes = [Double](repeating: 0, count: rows * columns)
    var checked: [Int] = []
    let values = x.values
    let rowWeights = weights?.values
    for r in 0..<rows {
      let weight = rowWeights?[r] ?? 1
      var row = values[r * columns..<(r + 1) * columns]
      let told = targets[r * perRow..<(r + 1) * perRow]
      total += weight * loss.row(row, told)
      // Slopes of every element are slow; those of a few rows and columns say as much.
      guard r < 20 || r == rows - 1 else { continue }
      for i in row.indices where i % columns < 12 || i % columns == columns - 1 {
        checked.append(i)
        let value = row[i]
        row[i] = value + 1e-5
        let above = loss.row(row, told)
        row[i] = value - 1e-5
        slopes[i] = 0.5 * weight * (above - loss.row(row, told)) / 2e-5
        row[i] = value
      }
    }
    var bits: [[UInt8]] = []
    var sums: [Double] = []
    for workers in [alone, two, three] {
      let gradient = Numbers(zeros: [rows, columns], type)
      let found = loss.call(x.view, t.view, weights?.view, 0.5, gradient.view, workers)
      // The plain sum itself errs by some 1e-13.
      let bound = max(16 * type.epsilon, 1e-12) * max(1, abs(total))
      #expect(abs(found - total) <= bound, "\(rows)x\(columns)")
      let slopesFound = gradient.values
      #expect(
        distance(checked.map { slopesFound[$0] }, checked.map { slopes[$0] })
          <= max(32 * type.epsilon, 1e-8), "\(rows)x\(columns)")
      #expect(loss.call(x.view, t.view, weights?.view, 0.5, nil, workers) == found)
      let inPlace = x.copy
      _ = loss.call(inPlace.view, t.view, weights?.view, 0.5, inPlace.view, workers)
      #expect(inPlace.bytes == gradient.bytes)
      bits.append(gradient.bytes)
      sums.append(found)
    }
    #expect(bits[0] == bits[1] && bits[0] == bits[2])
    #expect(sums[0] == sums[1] && sums[0] == sums[2])
  }

  @Test(
    "Losses over classes agree with their formulas, gradients with their slopes",
    arguments: floatingTypes)
  func classes(type: ElementType) {
    for (rows, classes) in [(1, 1), (3, 2), (64, 10), (1000, 2), (70, 100), (3, 2500)] {
      let x = Numbers(uniform(rows * classes, seed: 1, in: -4...4), [rows, classes], type)
      let labels = (0..<rows).map { Int32(($0 * 7 + 3) % classes) }
      let told = Numbers(Tensor(labels))
      let classWeights = Numbers(uniform(classes, seed: 5, in: 0.5...2), [classes], type)
      let rowWeights = Numbers(uniform(rows, seed: 3, in: 0...2), [rows], type)
      for (weights, perRow) in [(nil, nil), (classWeights, nil), (classWeights, rowWeights)] {
        let w = weights?.values ?? [Double](repeating: 1, count: classes)
        for smoothing in [0, 0.1] {
          let loss = Loss(
            name: "cross-entropy",
            call: { x, t, rowWeights, scale, gradient, workers in
              Kernels.crossEntropy(
                logits: x, labels: t, classWeights: weights?.view, rowWeights: rowWeights,
                smoothing: smoothing, scale: scale, gradient: gradient, on: workers)
            },
            row: { x, t in
              let logs = Self.logSoftmax(x)
              let label = Int(t[t.startIndex])
              let spread = zip(w, logs).map { -$0 * $1 }.reduce(0, +)
              return (1 - smoothing) * w[label] * -logs[label]
                + smoothing / Double(classes) * spread
            })
          check(loss, x, told, labels.map(Double.init), perRow, rows, classes, type)
        }
        let gamma = weights == nil ? 2 : 0.5
        let focal = Loss(
          name: "focal",
          call: { x, t, rowWeights, scale, gradient, workers in
            Kernels.focal(
              logits: x, labels: t, gamma: gamma, classWeights: weights?.view,
              rowWeights: rowWeights, scale: scale, gradient: gradient, on: workers)
          },
          row: { x, t in
            let label = Int(t[t.startIndex])
            let logP = Self.logSoftmax(x)[label]
            return -w[label] * pow(max(-expm1(logP), 0), gamma) * logP
          })
        if classes > 1 {
          check(focal, x, told, labels.map(Double.init), perRow, rows, classes, type)
        }
        let divisor = Kernels.crossEntropyWeight(
          labels: told.view, classWeights: weights?.view, rowWeights: perRow?.view)
        let r = perRow?.values
        let expected = (0..<rows).map { w[Int(labels[$0])] * (r?[$0] ?? 1) }
        #expect(abs(divisor - expected.reduce(0, +)) <= 1e-9 * Double(rows))
      }
    }
  }

  @Test("Logits of ten thousand give finite losses and gradients", arguments: floatingTypes)
  func extremes(type: ElementType) {
    let x = Numbers([1e4, -1e4, 0, -1e4, 1e4, 1e4], [2, 3], type)
    let labels = Numbers(Tensor([1, 2] as [Int32]))
    let targets = Numbers([0, 1, 1, 1, 0, 1], [2, 3], type)
    let losses: [(TensorView) -> Double] = [
      {
        Kernels.crossEntropy(
          logits: x.view, labels: labels.view, classWeights: nil, rowWeights: nil, smoothing: 0.1,
          scale: 1, gradient: $0, on: alone)
      },
      {
        Kernels.focal(
          logits: x.view, labels: labels.view, gamma: 2, classWeights: nil, rowWeights: nil,
          scale: 1, gradient: $0, on: alone)
      },
      {
        Kernels.binaryCrossEntropy(
          logits: x.view, targets: targets.view, positiveWeight: 3, rowWeights: nil, scale: 1,
          gradient: $0, on: alone)
      },
      {
        Kernels.binaryFocal(
          logits: x.view, targets: targets.view, gamma: 2, alpha: 0.25, rowWeights: nil, scale: 1,
          gradient: $0, on: alone)
      },
    ]
    for loss in losses {
      let gradient = Numbers(zeros: [2, 3], type)
      #expect(loss(gradient.view).isFinite)
      #expect(gradient.values.allSatisfy { $0.isFinite })
    }
  }
}
