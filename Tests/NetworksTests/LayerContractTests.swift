import Foundation
import Layers
import Tensors
import Testing

@testable import Networks

/// What every layer promises, checked over every entry of the catalogue.
@Suite struct LayerContractTests {
  @Test("Every kind in the catalogue has a sample")
  func everyKindIsSampled() {
    let sampled = Set(LayerSample.all.map { $0.layer.kind })
    #expect(sampled == Set(LayerCatalog.standard.names))
  }

  @Test("A network with the layer survives a round trip through JSON", arguments: LayerSample.all)
  func codingRoundTrip(sample: LayerSample) throws {
    let network = try sample.network()
    let decoded = try JSONDecoder().decode(Network.self, from: JSONEncoder().encode(network))
    #expect(decoded == network)
  }

  @Test(
    "Whatever numbers a file holds, a layer is refused or has a shape", arguments: LayerSample.all)
  func anyNumbers(sample: LayerSample) throws {
    let network = try sample.network()
    let text = String(decoding: try JSONEncoder().encode(network), as: UTF8.self)
    let numbers = ["-1", "0", "3", "1099511627776", "2199023255552", "\(Int.max)", "\(Int.min)"]
    for place in text.matches(of: /-?[0-9]+(\.[0-9]+)?(e-?[0-9]+)?/).map(\.range) {
      for number in numbers {
        let changed = text.replacingCharacters(in: place, with: number)
        guard
          let network = try? JSONDecoder().decode(Network.self, from: Data(changed.utf8)),
          let layout = try? ParameterLayout(network)
        else { continue }
        #expect(layout.count >= 0)
        let plan = try? Plan(network, mode: .training, capacity: 2)
        #expect((plan?.arenaByteCount ?? 0) <= Plan.largestArena)
      }
    }
  }

  @Test("The declared shape is the produced shape", arguments: LayerSample.all)
  func declaredShape(sample: LayerSample) throws {
    let network = try sample.network()
    #expect(network.values["layer"]?.shape == sample.output)
    let probe = try Probe(network, count: 3)
    #expect(probe.session.output(count: 3).shape == sample.output.prepending(3))
    #expect(probe.outputs().allSatisfy { $0.isFinite })
  }

  @Test("Gradients are those of central differences in float64", arguments: LayerSample.all)
  func gradients(sample: LayerSample) throws {
    try Probe(sample.network(), count: 4).checkGradients()
  }

  @Test("float32 computes what float64 does", arguments: LayerSample.all)
  func singlePrecision(sample: LayerSample) throws {
    let network = try sample.network()
    let double = try Probe(network, count: 5).outputs()
    let single = try Probe(network, count: 5, elementType: .float32).outputs()
    for (double, single) in zip(double, single) {
      // A handful of roundings of 2^-24 each.
      #expect(abs(double - single) <= 2e-5 * max(1, abs(double)))
    }
  }

  @Test("Threads change no bit", arguments: LayerSample.all)
  func threads(sample: LayerSample) throws {
    let network = try sample.network()
    let one = try Probe(network, count: 700, elementType: .float32, threads: 1)
    let three = try Probe(network, count: 700, elementType: .float32, threads: 3)
    #expect(one.outputs() == three.outputs())
    one.backward()
    three.backward()
    #expect(one.session.gradients.doubles() == three.session.gradients.doubles())
  }
}
