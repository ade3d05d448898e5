import Tensors
import Testing

@testable import Training

/// What every loss promises, checked over every entry of the catalogue.
@Suite struct LossContractTests {
  @Test("Every loss in the catalogue has a sample")
  func everyKindIsSampled() {
    #expect(Set(LossSample.all.map { $0.loss.kind }) == Set(LossCatalog.standard.names))
  }

  @Test("Gradients are those of central differences in float64", arguments: LossSample.all)
  func gradients(sample: LossSample) {
    var outputs = sample.outputs()
    let weight = sample.evaluate(outputs).weight
    let gradient = sample.evaluate(outputs, scale: 1 / weight).gradient
    let step = 1e-5
    for index in outputs.indices {
      let value = outputs[index]
      outputs[index] = value + step
      let above = sample.evaluate(outputs).sum / weight
      outputs[index] = value - step
      let below = sample.evaluate(outputs).sum / weight
      outputs[index] = value
      let expected = (above - below) / (2 * step)
      // The truncation error is of order h², the rounding error of order 1e-16 / h.
      #expect(
        abs(gradient[index] - expected) <= 1e-7 * max(1, abs(expected)),
        "[\(index)]: \(gradient[index]) is not \(expected)")
    }
  }

  @Test(
    "The gradient of the mean descends: a small step against it makes the loss smaller",
    arguments: LossSample.all)
  func descent(sample: LossSample) {
    let outputs = sample.outputs()
    let (sum, weight, _) = sample.evaluate(outputs)
    let gradient = sample.evaluate(outputs, scale: 1 / weight).gradient
    let next = zip(outputs, gradient).map { $0 - 1e-3 * $1 }
    #expect(sample.evaluate(next).sum < sum)
    #expect(sum > 0)
  }

  @Test(
    "The weight of a batch is its elements, or its rows' class weights", arguments: LossSample.all)
  func weight(sample: LossSample) {
    let found = sample.evaluate(sample.outputs()).weight
    switch sample.loss.targets {
    case .numbers:
      #expect(found == Double(sample.rows * sample.width))
    case .classIndices:
      let labels: [Int32] = sample.targets(.float64).elements()
      let expected = labels.reduce(0.0) { $0 + (sample.classWeights?[Int($1)] ?? 1) }
      #expect(abs(found - expected) < 1e-12)
    }
  }

  @Test(
    "The sum of two batches is the sum over both, whatever the gradient's scale",
    arguments: LossSample.all)
  func additive(sample: LossSample) {
    let outputs = sample.outputs()
    let whole = sample.evaluate(outputs)
    let scaled = sample.evaluate(outputs, scale: 0.25)
    #expect(scaled.sum == whole.sum)
    for (whole, scaled) in zip(whole.gradient, scaled.gradient) {
      #expect(abs(scaled - 0.25 * whole) <= 1e-15)
    }
    // The samples draw by index, so that the first rows of a larger batch are a smaller batch.
    var first = sample
    first.rows = max(1, sample.rows / 2)
    let part = first.evaluate(Array(outputs.prefix(first.rows * sample.width)))
    for (part, whole) in zip(part.gradient, whole.gradient) { #expect(abs(part - whole) <= 1e-15) }
  }

  @Test("float32 computes what float64 does", arguments: LossSample.all)
  func singlePrecision(sample: LossSample) {
    let double = sample.evaluate(sample.outputs())
    let single = sample.evaluate(sample.outputs(), elementType: .float32)
    // A handful of roundings of 2^-24 each.
    #expect(abs(single.sum - double.sum) <= 1e-5 * max(1, double.sum))
    for (single, double) in zip(single.gradient, double.gradient) {
      #expect(abs(single - double) <= 1e-5 * max(1, abs(double)))
    }
  }

  @Test("Threads change no bit", arguments: LossSample.all)
  func threads(sample: LossSample) {
    var large = sample
    large.rows = 1301
    let one = large.evaluate(large.outputs(), elementType: .float32, threads: 1)
    let three = large.evaluate(large.outputs(), elementType: .float32, threads: 3)
    #expect(one.sum == three.sum && one.gradient == three.gradient)
  }
}
