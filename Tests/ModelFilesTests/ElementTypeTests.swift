import Foundation
import HDF5
import Networks
import Tensors
import Testing
import Training

@testable import ModelFiles

@Suite struct ElementTypeTests {
  /// A model file with its weights as another type, as a program for small devices might store it.
  private func file(
    _ model: Model, weightsAs type: ElementType, in folder: TemporaryFolder
  ) throws -> ModelFile {
    let path = folder.file("\(type).h5")
    try model.write(to: folder.file("plain.h5"))
    try copyFile(
      folder.file("plain.h5"), to: path, keeps: { !$0.hasPrefix("/index") },
      converting: { path, tensor in
        path.hasPrefix("/weights/") ? tensor.converted(to: type) : tensor
      })
    return try ModelFile(reading: path)
  }

  @Test(
    "Weights of every floating-point type predict, and are trained on",
    arguments: [ElementType.float64, .float16, .bfloat16])
  func weights(type: ElementType) throws {
    let folder = try TemporaryFolder()
    let run = try SampleRun()
    let model = try run.model()
    let file = try file(model, weightsAs: type, in: folder)
    #expect(file.verify().allSatisfy { $0.isTolerated })
    let parameters = try file.parameters()
    #expect(parameters.elementType == (type == .float64 ? .float64 : .float32))
    // What the types cannot tell apart.
    let precision = type == .float64 ? 0 : type == .float16 ? 0x1p-11 : 0x1p-8
    for entry in parameters.layout.entries {
      for (found, expected) in zip(parameters[entry].doubles(), model.parameters[entry].doubles()) {
        #expect(abs(found - expected) <= abs(expected) * precision + 0x1p-24)
      }
    }
    // Computed with as float32, whatever the type they are stored as.
    let live = try file.liveParameters(as: .float32)
    let found = try Evaluator(model.network, parameters: live).predict(run.validation.inputs)
    let rounded = model.parameters.converted(to: type).converted(to: .float32)
    let expected = try Evaluator(model.network, parameters: LiveParameters(rounded))
      .predict(run.validation.inputs)
    #expect(found == expected)
    #expect(live.snapshot() == rounded)
    // Written again they are as they are computed with.
    try file.model().write(to: folder.file("again.h5"))
    let again = try ModelFile(reading: folder.file("again.h5"))
    #expect(again.verify() == [])
    #expect(try again.parameters() == parameters)
    if type != .float64 {
      let trainer = try run.trainer(from: TrainingState(startingFrom: file.model().snapshot))
      try trainer.run()
      #expect(trainer.progress.end == .finished)
    }
  }

  @Test("Weights are read where the file is mapped, and outlive the file object")
  func mapped() throws {
    let folder = try TemporaryFolder()
    let model = try SampleRun().model()
    try model.write(to: folder.file("model.h5"))
    let live = try ModelFile(reading: folder.file("model.h5")).liveParameters()
    try FileManager.default.removeItem(atPath: folder.file("model.h5"))
    #expect(live.snapshot() == model.parameters)
  }

  @Test("Halves of single precision are the nearest ones, ties to even")
  func halves() {
    // Every half comes back, and the middle between two goes to the even one.
    for bits in stride(from: UInt16(0), to: 0x7c00, by: 1) {
      let value = HalfPrecision.float(fromBinary16: bits)
      #expect(HalfPrecision.binary16(of: value) == bits)
      #expect(HalfPrecision.binary16(of: -value) == bits | 0x8000)
      guard bits < 0x7bff else { continue }
      let middle = (value + HalfPrecision.float(fromBinary16: bits + 1)) / 2
      #expect(HalfPrecision.binary16(of: middle) == bits + bits % 2)
      #expect(HalfPrecision.binary16(of: middle.nextDown) == bits)
      #expect(HalfPrecision.binary16(of: middle.nextUp) == bits + 1)
    }
    #expect(HalfPrecision.binary16(of: 65519) == 0x7bff)
    #expect(HalfPrecision.binary16(of: 65520) == 0x7c00)
    #expect(HalfPrecision.binary16(of: .infinity) == 0x7c00)
    #expect(HalfPrecision.float(fromBinary16: HalfPrecision.binary16(of: .nan)).isNaN)
    #expect(HalfPrecision.bfloat16(of: 1) == 0x3f80)
    #expect(HalfPrecision.bfloat16(of: Float(bitPattern: 0x3f80_8000)) == 0x3f80)
    #expect(HalfPrecision.bfloat16(of: Float(bitPattern: 0x3f81_8000)) == 0x3f82)
    #expect(HalfPrecision.bfloat16(of: Float(bitPattern: 0x3f80_8001)) == 0x3f81)
    #expect(HalfPrecision.bfloat16(of: .greatestFiniteMagnitude) == 0x7f80)
    #expect(HalfPrecision.float(fromBFloat16: HalfPrecision.bfloat16(of: .nan)).isNaN)
  }
}
