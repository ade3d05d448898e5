import Foundation
import Layers
import Testing

@testable import Networks

@Suite("Options of layers in files")
struct LayerOptionTests {
  @Test(
    "An option that a layer does not have is refused with the nearest right name",
    arguments: LayerCatalog.standard.entries.map { $0.kind })
  func unknownOption(kind: String) throws {
    let sample = try #require(LayerSample.all.first { $0.layer.kind == kind })
    let text = String(decoding: try JSONEncoder().encode(sample.network()), as: UTF8.self)
    let node = try #require(text.firstRange(of: "\"options\":{"))
    for name in ["strange_option"] + LayerOptionNames.of(type(of: sample.layer)).map({ $0 + "x" }) {
      var changed = text
      let isEmpty = text[node.upperBound] == "}"
      changed.insert(contentsOf: "\"\(name)\":1\(isEmpty ? "" : ",")", at: node.upperBound)
      do {
        _ = try JSONDecoder().decode(Network.self, from: Data(changed.utf8))
        Issue.record("\(name) was taken")
      } catch {
        #expect("\(error)".contains("unknown option '\(name)'"), "\(error)")
        if name != "strange_option" {
          #expect("\(error)".contains("did you mean '\(name.dropLast())'?"), "\(error)")
        }
      }
    }
  }

  @Test("The options of every sample are those that its kind knows")
  func knownOptions() throws {
    for sample in LayerSample.all {
      let network = try sample.network()
      _ = try JSONDecoder().decode(Network.self, from: JSONEncoder().encode(network))
    }
  }
}
