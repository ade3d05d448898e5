import Foundation
import Layers
import ModelFiles
import Tensors
import Testing

@testable import Workflows

@Suite("Comparison of tensors without a graph")
struct ComparisonKindTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func compare(
    _ old: [(name: String, tensor: Tensor)], _ new: [(name: String, tensor: Tensor)],
    tolerance: Double = 0
  ) throws -> ComparisonReport {
    let folder = try TemporaryFolder()
    return try Comparison.run(
      .init(
        old: folder.write(old, to: "old.npz"), new: folder.write(new, to: "new.npz"),
        tolerance: tolerance))
  }

  @Test("Arrays are compared by name: added, removed, of another type or shape, of no elements")
  func arrays() throws {
    let numbers = (0..<6).map { Float($0) / 8 }
    let kernel = Tensor(numbers, shape: [2, 3])
    let half = kernel.converted(to: .float16)
    let nothing = Tensor(zeros: [0, 3])
    let report = try compare(
      [("a", kernel), ("b", kernel), ("c", kernel), ("empty", nothing), ("gone", kernel)],
      [
        ("a", kernel), ("b", half), ("c", Tensor(numbers, shape: [3, 2])), ("empty", nothing),
        ("new", kernel),
      ])
    #expect(report.tensors() == ["retyped b", "reshaped c", "removed gone", "added new"])
    let retyped = try #require(report.part(.parameters)?.tensors?.changes.first)
    #expect(retyped.oldType == "float32" && retyped.newType == "float16")
    #expect(retyped.difference?.differentCount == 0 && retyped.difference?.largest == 0)
    #expect(report.part(.architecture) == nil && report.notes.count == 2)
  }

  @Test("Numbers of every type are compared")
  func types() throws {
    let values = [1.5, -2, 0, 1e-3]
    for type in [ElementType.float64, .float32, .float16] {
      let one = Tensor(values).converted(to: type)
      let two = Tensor([1.5, -2, 0.5, 1e-3]).converted(to: type)
      let report = try compare([("x", one)], [("x", two)])
      let found = try #require(report.part(.parameters)?.tensors?.changes.first?.difference)
      #expect(found.place == [2] && found.largest == 0.5 && found.new == 0.5, "\(type)")
      #expect(try compare([("x", one)], [("x", one)]).isSame)
    }
    let integers = try compare(
      [("x", Tensor([1, 2, 3] as [Int64]))], [("x", Tensor([1, 2, 4] as [Int64]))])
    #expect(integers.part(.parameters)?.tensors?.changes.first?.difference?.place == [2])
  }

  @Test("Weights without a graph are compared with those of a model by name")
  func besideModel() throws {
    let model = try untrained(chain([("dense", Dense(2))]))
    let path = folder.path("model.h5")
    try model.write(to: path)
    let arrays = try folder.write(
      model.parameters.layout.entries.map { entry in
        (entry.path, try #require(model.parameters[entry.path]))
      }, to: "weights.npz")
    #expect(try Comparison.run(.init(old: path, new: arrays)).isSame)
    let other = try folder.write(
      [("dense/kernel", Tensor(zeros: [4, 2]))], to: "other.npz")
    let report = try Comparison.run(.init(old: other, new: path))
    #expect(report.tensors() == ["added dense/bias", "changed dense/kernel"])
    #expect(throws: (any Error).self) {
      _ = try Comparison.run(.init(old: path, new: arrays, data: "rows.csv"))
    }
  }

  @Test("Weights of Keras are compared by the paths of their datasets")
  func keras() throws {
    let path = fixture("foreign/keras_weights.h5")
    let report = try Comparison.run(.init(old: path, new: path))
    #expect(report.isSame && (report.part(.parameters)?.tensors?.count ?? 0) > 1)
    #expect(report.old.kind == "keras-weights")
  }

  @Test("Large tensors are the same on any number of threads")
  func threads() throws {
    let random = RandomStream(seed: 4, stream: 1)
    let one = (0..<3_000_000).map { Float(random.uniform(at: $0)) }
    var two = one
    for place in stride(from: 5, to: two.count, by: 999) { two[place] += 0.01 }
    two[2_500_000] += 1
    let paths = (
      try folder.write([("x", Tensor(one))], to: "old.npz"),
      try folder.write([("x", Tensor(two))], to: "new.npz")
    )
    let found = try [1, 2, 3].map { threads in
      let report = try Comparison.run(
        .init(old: paths.0, new: paths.1, threads: threads))
      return try #require(report.part(.parameters)?.tensors?.changes.first?.difference)
    }
    #expect(found[0].place == [2_500_000] && found[0].differentCount == 3004)
    #expect(Set(found.map(\.relativeNorm)).count == 1 && Set(found.map(\.cosine)).count == 1)
  }
}
