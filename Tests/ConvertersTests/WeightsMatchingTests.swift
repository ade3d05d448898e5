import Formats
import Layers
import ModelFiles
import Networks
import Tensors
import Testing

@testable import Converters

@Suite("Matching of weights")
struct WeightsMatchingTests {
  private func weights(_ name: String) throws -> Model {
    try pyTorchModel(weightFixture("weights/\(name)"), onto: Model.perceptron()).model
  }

  @Test("Every kind of file gives the same weights")
  func kinds() throws {
    let expected = try weights("mlp.pt").parameters
    #expect(expected["dense_1/kernel"]?.doubles().contains { $0 != 0 } == true)
    #expect(try weights("protocol_4.pt").parameters == expected)
    #expect(try weights("renamed.pt").parameters == expected)
    for name in ["mlp.safetensors", "mlp.safetensors.index.json", "mlp.npz"] {
      let path = weightFixture("weights/\(name)")
      let kind = try FileKind(ofFile: path)
      let importer = try #require(Converters.weightsImporters.first { $0.kind == kind })
      var log = ConversionLog(file: path)
      let model = try importer.model(
        reading: path, onto: Model.perceptron(), matching: WeightOptions(), log: &log)
      #expect(model.parameters == expected, "\(name)")
      #expect(log.entries.count { $0.subject.hasPrefix("weights ") } == 4)
    }
  }

  @Test("The tensors of a file are listed without a network")
  func listing() throws {
    for name in ["mlp.pt", "mlp.safetensors", "mlp.npz", "checkpoint.pt"] {
      let path = weightFixture("weights/\(name)")
      let kind = try FileKind(ofFile: path)
      let source = try #require(Converters.tensorSources.first { $0.kind == kind })
      let weights = try source.tensors(reading: path)
      #expect(weights.count == 4, "\(name)")
    }
  }

  @Test("What does not fit loads nothing, and says all of it")
  func incomplete() throws {
    #expect(
      weightMessage { _ = try weights("half.pt") }
        == "half.pt: the weights do not fit the network; would be loaded: '0.weight', '0.bias'; "
        + "missing: dense_2/kernel, dense_2/bias; --partial loads what fits")
    #expect(
      weightMessage { _ = try weights("wider.pt") }
        == "wider.pt: the weights do not fit the network; would be loaded: '0.weight', '0.bias'; "
        + "wrong shape: '2.weight' expected [3, 6], found [5, 6], '2.bias' expected [3], found [5]; "
        + "--partial loads what fits")
  }

  @Test("What fits is loaded where that is enough, and the rest keeps its numbers and is listed")
  func partial() throws {
    let whole = try weights("mlp.pt").parameters
    var architecture = try Model.perceptron()
    architecture.snapshot.parameters["dense_2/bias"] = Tensor([1, 2, 3] as [Float])
    let (model, log) = try pyTorchModel(
      weightFixture("weights/wider.pt"), onto: architecture, WeightOptions(isPartial: true))
    #expect(model.parameters["dense_1/kernel"] != whole["dense_1/kernel"])
    #expect(model.parameters["dense_1/kernel"]?.doubles().contains { $0 != 0 } == true)
    #expect(model.parameters["dense_2/bias"]?.doubles() == [1, 2, 3])
    #expect(
      log.entries.contains {
        $0.fate == .ignored && $0.subject == "weights 2.bias"
          && $0.note == "wrong shape: expected [3], found [5]"
      })
  }

  /// Tensors of zeros, `name: shape`.
  private func stored(_ tensors: [(String, Shape)]) -> [Formats.StoredTensor] {
    tensors.map { name, shape in
      Formats.StoredTensor(name: name, shape: shape, elementType: .float32) {
        Tensor(zeros: shape)
      }
    }
  }

  private func match(
    _ tensors: [(String, Shape)], _ network: Network, isOrdered: Bool = true,
    _ renames: [String: String] = [:]
  ) throws -> WeightMatch {
    try WeightMatching(
      modules: TorchNames(network).modules, layout: ParameterLayout(network), file: "a.pt",
      isOrdered: isOrdered, renames: renames
    ).match(stored(tensors))
  }

  private func square() throws -> Network {
    try Network.sequential(input: [4]) {
      Dense(4, usesBias: false)
      Activation(.relu)
      Dense(4, usesBias: false)
      Dense(2)
    }
  }

  private func taken(_ match: WeightMatch) -> [String: String] {
    Dictionary(
      match.assignments.map { ($0.tensor.parameters[0], $0.stored.name) },
      uniquingKeysWith: { $0 + $1 })
  }

  @Test("Modules of one kind are taken in their order where the file has one")
  func order() throws {
    let tensors: [(String, Shape)] = [
      ("zeta.weight", [4, 4]), ("alpha.weight", [4, 4]), ("out.weight", [2, 4]), ("out.bias", [2]),
    ]
    let match = try match(tensors, square())
    #expect(match.isComplete)
    #expect(taken(match)["dense_1/kernel"] == "zeta.weight")
    #expect(taken(match)["dense_2/kernel"] == "alpha.weight")
    let unordered = try self.match(tensors, square(), isOrdered: false)
    #expect(!unordered.isComplete)
    #expect(unordered.problem.contains("--map zeta=dense_1 --map alpha=dense_2"))
    let named = try self.match(
      tensors, square(), isOrdered: false, ["zeta": "dense_2", "alpha.weight": "dense_1/kernel"])
    #expect(named.isComplete)
    #expect(taken(named)["dense_1/kernel"] == "alpha.weight")
  }

  @Test("Numbers of names are counted as numbers")
  func numbers() throws {
    let match = try match(
      [
        ("net.10.weight", [4, 4]), ("net.11.bias", [2]), ("net.11.weight", [2, 4]),
        ("net.9.weight", [4, 4]),
      ], square(), isOrdered: false)
    #expect(taken(match)["dense_1/kernel"] == "net.9.weight")
    #expect(taken(match)["dense_2/kernel"] == "net.10.weight")
  }

  @Test("Names that are mere places mean nothing where not all of them fit")
  func places() throws {
    // The network has the places 0, 2 and 3; in the file the first layer stands at 2.
    let match = try match(
      [("2.weight", [4, 4]), ("4.weight", [4, 4]), ("5.weight", [2, 4]), ("5.bias", [2])], square())
    #expect(match.isComplete)
    #expect(taken(match)["dense_1/kernel"] == "2.weight")
  }

  @Test("A name that is not there is refused with the nearest one")
  func renames() throws {
    let tensors: [(String, Shape)] = [("first.weight", [4, 4])]
    #expect(
      weightMessage { _ = try match(tensors, square(), ["frist": "dense_1"]) }
        == "a.pt: --map frist=dense_1: the file has no 'frist'; did you mean 'first.weight'?"
        || weightMessage { _ = try match(tensors, square(), ["frist": "dense_1"]) }
          == "a.pt: --map frist=dense_1: the file has no 'frist'"
    )
    #expect(
      weightMessage { _ = try match(tensors, square(), ["first": "dense_9"]) }
        .hasPrefix("a.pt: --map first=dense_9: the network has no 'dense_9'; did you mean 'dense_"))
  }

  @Test("With one tensor of a module its others are renamed")
  func siblings() throws {
    let options = WeightOptions(renames: ["net.second.weight": "dense_2/kernel"])
    let model = try pyTorchModel(
      weightFixture("weights/renamed.pt"), onto: Model.perceptron(), options
    ).model
    #expect(try model.parameters == weights("mlp.pt").parameters)
  }

  @Test("Layers of a recurrent module are layers of the network, in both directions")
  func stacked() throws {
    let network = try Network.sequential(input: [5, 3]) {
      Bidirectional(LSTM(2, returnsSequence: true))
      Bidirectional(LSTM(2))
    }
    var tensors: [(String, Shape)] = []
    for (layer, width) in [(0, 3), (1, 4)] {
      for suffix in ["", "_reverse"] {
        tensors.append(("rnn.weight_ih_l\(layer)\(suffix)", [8, width]))
        tensors.append(("rnn.weight_hh_l\(layer)\(suffix)", [8, 2]))
        tensors.append(("rnn.bias_ih_l\(layer)\(suffix)", [8]))
        tensors.append(("rnn.bias_hh_l\(layer)\(suffix)", [8]))
      }
    }
    let match = try match(tensors, network, isOrdered: false)
    #expect(match.isComplete)
    #expect(taken(match)["bidirectional_2/backward_kernel"] == "rnn.weight_ih_l1_reverse")
  }

  @Test("A sum of biases is one bias")
  func biases() throws {
    let folder = try WeightFolder()
    let network = try Network.sequential(input: [4, 2]) { LSTM(1) }
    let path = folder.path("a.pt")
    func tensor(_ name: String, _ numbers: [Float], _ shape: Shape) -> (
      name: String, tensor: Formats.StoredTensor
    ) {
      let tensor = Tensor(numbers, shape: shape)
      return (
        name, Formats.StoredTensor(name: name, shape: shape, elementType: .float32) { tensor }
      )
    }
    let entries = [
      tensor("weight_ih_l0", (0..<8).map(Float.init), [4, 2]),
      tensor("weight_hh_l0", [1, 2, 3, 4], [4, 1]),
      tensor("bias_ih_l0", [1, 2, 3, 4], [4]), tensor("bias_hh_l0", [10, 20, 30, 40], [4]),
    ]
    try PyTorchWriter.write(.stateDictionary(entries), creating: path, named: path)
    let model = try pyTorchModel(path, onto: Model.random(network)).model
    #expect(model.parameters["lstm_1/bias"]?.doubles() == [11, 22, 33, 44])
    #expect(model.parameters["lstm_1/kernel"]?.doubles() == [0, 2, 4, 6, 1, 3, 5, 7])
  }
}
