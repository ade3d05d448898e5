import Foundation
import Layers
import ModelFiles
import Networks
import Testing

@testable import Converters

@Suite("Files of weights that are refused")
struct DamagedWeightsTests {
  /// What the converter makes of a file, as the tool does it.
  private func convert(_ name: String) throws {
    let path = weightFixture("damaged/weights/\(name)")
    let kind = try FileKind(ofFile: path)
    var log = ConversionLog(file: path)
    if name.hasPrefix("graph_") {
      _ = try SafetensorsConverter.model(reading: path, log: &log)
      return
    }
    let network = try Network.sequential(input: [1]) { PReLU() }
    guard let importer = Converters.weightsImporters.first(where: { $0.kind == kind }) else {
      Issue.record("\(name) is \(kind)")
      return
    }
    _ = try importer.model(
      reading: path, onto: Model.random(network), matching: WeightOptions(), log: &log)
  }

  @Test("Every damaged or hostile file gets one clear line", arguments: messages)
  func damaged(name: String, expected: String) throws {
    let found = weightMessage { try convert(name) }
    // An index names the file that is meant.
    #expect(found == (expected.hasPrefix("= ") ? "\(expected.dropFirst(2))" : "\(name): \(expected)"))
  }

  @Test("Every file of the folder is among them")
  func all() throws {
    let names = try FileManager.default.contentsOfDirectory(
      atPath: weightFixture("damaged/weights"))
    #expect(Set(names) == Set(messages.map(\.name)).union(["part.safetensors"]))
  }
}

private let run =
  "which is neither a tensor nor plain data, and would be run where PyTorch reads it; save the "
  + "state dict alone: torch.save(model.state_dict(), \"model.pt\")"

private let outside = "leads out of its storage '0' of"

/// What each file of `Fixtures/damaged/weights` gets.
private let messages: [(name: String, expected: String)] = [
]
