import Foundation
import Layers
import ModelFiles
import Networks
import Tensors
import Testing
import Training

@testable import Workflows

@Suite struct ComparisonTests {
  private let folder: TemporaryFolder
  private let model: Model

  init() throws {
    folder = try TemporaryFolder()
    model = try untrained(
      chain([
        ("first", Dense(8)), ("relu", Activation(.relu)), ("second", Dense(8)),
        ("tanh", Activation(.tanh)), ("last", Dense(3)),
      ]))
  }

  @Test("A model is the same as itself and as a copy")
  func same() throws {
    let report = try folder.compare(model, model)
    #expect(report.isSame && report.differenceCount == 0 && report.ignoredCount == 0)
    #expect(report.part(.parameters)?.tensors?.unchangedCount == 6)
    #expect(report.lineage?.relation == .same)
    let path = folder.path("old.h5")
    #expect(try Comparison.run(.init(old: path, new: path)).isSame)
  }

  @Test("A changed weight is found with its place, and the frozen part named")
  func changedWeight() throws {
    let changed = model.changing("second/kernel") { $0[11] += 0.25 }
    let report = try folder.compare(model, changed)
    #expect(report.tensors() == ["changed weights/second/kernel"])
    let tensors = try #require(report.part(.parameters)?.tensors)
    #expect(tensors.unchangedLayers == ["first", "last"] && tensors.unchangedCount == 5)
    let found = try #require(tensors.changes.first?.difference)
    #expect(found.differentCount == 1 && found.count == 64 && found.place == [1, 3])
    #expect(abs(found.largest - 0.25) < 1e-6)
    #expect(abs((found.new ?? 0) - (found.old ?? 0) - 0.25) < 1e-6)
    #expect(found.relativeNorm > 0 && (found.cosine ?? 0) > 0.9)
    #expect(report.part(.architecture)?.isSame == true)
  }

  @Test("The tolerance is relative to the tensor, so that values near zero are no differences")
  func tolerance() throws {
    let tiny = model.changing("first/kernel") {
      $0[0] = 1e-12
      $0[1] = 1
    }
    let other = tiny.changing("first/kernel") { $0[0] = 3e-12 }
    #expect(try !folder.compare(tiny, other).isSame)
    let report = try folder.compare(tiny, other) {
      $0.tolerance = 1e-6
      $0.parts = [.parameters]
    }
    #expect(report.isSame && report.part(.parameters)?.tensors?.withinToleranceCount == 1)
    let far = try folder.compare(tiny, tiny.changing("first/kernel") { $0[0] = 1e-3 }) {
      $0.tolerance = 1e-6
    }
    #expect(far.tensors() == ["changed weights/first/kernel"])
  }

  @Test("NaN in both is no difference, NaN in one is, whatever the tolerance")
  func notNumbers() throws {
    let one = model.changing("first/kernel") {
      $0[0] = .nan
      $0[1] = .infinity
    }
    let two = one.changing("first/bias") { $0[0] = 1 }
    #expect(try folder.compare(one, two).tensors() == ["changed weights/first/bias"])
    // Another NaN has other bytes and is still no number.
    let other = one.changing("first/kernel") { $0[0] = -Float.nan }
    #expect(try folder.compare(one, other) { $0.parts = [.parameters] }.isSame)
    let report = try folder.compare(one, one.changing("first/kernel") { $0[2] = .nan }) {
      $0.tolerance = 1
    }
    #expect(report.tensors() == ["changed weights/first/kernel"])
    #expect(report.part(.parameters)?.tensors?.changes.first?.difference?.unmatchedCount == 1)
  }

  @Test("A layer that is put between two others is all that was added")
  func inserted() throws {
    let network = try chain([
      ("first", Dense(8)), ("relu", Activation(.relu)), ("drop", Dropout(0.5)),
      ("second", Dense(8)), ("tanh", Activation(.tanh)), ("last", Dense(3)),
    ])
    let names = ["first": "first", "second": "second", "last": "last"]
    let report = try folder.compare(model, model.moved(to: network, names: names))
    #expect(report.changes(.architecture) == ["added architecture/drop"])
    #expect(report.tensors() == [])
    let back = try folder.compare(model.moved(to: network, names: names), model)
    #expect(back.changes(.architecture) == ["removed architecture/drop"])
  }

  @Test("Layers that are numbered anew are known by their weights and shapes")
  func renumbered() throws {
    let old = try untrained(
      chain([("dense_1", Dense(8)), ("dense_2", Dense(8)), ("dense_3", Dense(3))]))
    let network = try chain([
      ("dense_1", Dense(8)), ("dense_2", Dense(8)), ("dense_3", Dense(8)), ("dense_4", Dense(3)),
    ])
    let names = ["dense_1": "dense_1", "dense_2": "dense_3", "dense_3": "dense_4"]
    let report = try folder.compare(old, old.moved(to: network, names: names))
    #expect(
      report.changes(.architecture) == [
        "renamed architecture/dense_2", "renamed architecture/dense_3",
        "added architecture/dense_2",
      ])
    #expect(
      report.tensors() == ["added weights/dense_2/kernel", "added weights/dense_2/bias"]
        || report.tensors() == ["added weights/dense_2/bias", "added weights/dense_2/kernel"])
    // Trained on, the same is still seen.
    let trained = try old.moved(to: network, names: names)
      .changing("dense_3/kernel") { for place in $0.indices { $0[place] *= 1.1 } }
    let tuned = try folder.compare(old, trained)
    #expect(tuned.changes(.architecture).contains("renamed architecture/dense_2"))
    #expect(tuned.tensors().contains("changed weights/dense_3/kernel"))
  }

  @Test("One layer in front of many moves the numbers of all and changes none")
  func many() throws {
    func layers(_ count: Int) -> [(name: String, layer: any Layer)] {
      (1...count).map { ("dense_\($0)", Dense(4)) }
    }
    let old = try untrained(chain(layers(300)))
    let names = Dictionary(
      uniqueKeysWithValues: (1...300).map { ("dense_\($0)", "dense_\($0 + 1)") })
    let report = try folder.compare(old, old.moved(to: chain(layers(301)), names: names))
    let changes = try #require(report.part(.architecture)?.changes)
    #expect(changes.count { $0.kind == .renamed } == 300)
    #expect(changes.filter { $0.kind != .renamed }.map(\.path) == ["architecture/dense_1"])
    #expect(report.layers?.changed == 300 && report.layers?.common == 300)
    #expect(report.part(.parameters)?.tensors?.unchangedCount == 600)
  }

  @Test("A layer that only has another name is renamed, and its weights are compared")
  func renamed() throws {
    let network = try chain([
      ("entry", Dense(8)), ("relu", Activation(.relu)), ("second", Dense(8)),
      ("tanh", Activation(.tanh)), ("last", Dense(3)),
    ])
    let same = try model.moved(
      to: network, names: ["first": "entry", "second": "second", "last": "last"])
    let report = try folder.compare(model, same)
    #expect(report.changes(.architecture) == ["renamed architecture/first"])
    #expect(report.tensors() == [])
    let changed = try folder.compare(model, same.changing("entry/bias") { $0[0] += 1 })
    let tensor = try #require(changed.part(.parameters)?.tensors?.changes.first)
    #expect(tensor.path == "weights/entry/bias" && tensor.oldPath == "weights/first/bias")
  }

  @Test("A layer in another place has moved")
  func moved() throws {
    let network = try chain([
      ("first", Dense(8)), ("tanh", Activation(.tanh)), ("relu", Activation(.relu)),
      ("second", Dense(8)), ("last", Dense(3)),
    ])
    let names = ["first": "first", "second": "second", "last": "last"]
    let report = try folder.compare(model, model.moved(to: network, names: names))
    #expect(report.changes(.architecture) == ["moved architecture/tanh"])
    #expect(report.tensors() == [])
  }

  @Test("Changed options have their old and new value, tensors of another shape both shapes")
  func options() throws {
    let network = try chain([
      ("first", Dense(16)), ("relu", Activation(.gelu)), ("second", Dense(8)),
      ("tanh", Activation(.tanh)), ("last", Dense(3)),
    ])
    let report = try folder.compare(model, untrained(network))
    let changes = try #require(report.part(.architecture)?.changes)
    #expect(
      changes.map(\.path) == ["architecture/first/units", "architecture/relu/function"])
    #expect(changes[0].old == .integer(8) && changes[0].new == .integer(16))
    #expect(changes[1].old == .text("relu") && changes[1].new == .text("gelu"))
    let tensor = try #require(report.part(.parameters)?.tensors?.changes.first)
    #expect(tensor.fate == .reshaped)
    #expect(report.tensors().contains("reshaped weights/first/kernel"))
    #expect(report.tensors().contains("reshaped weights/second/kernel"))
  }

  @Test("Another wiring is found, though all layers are the same")
  func wiring() throws {
    func network(_ inputs: [String]) throws -> Network {
      try Network(
        inputs: [NetworkInput("x", shape: [4])],
        nodes: [
          Node("a", Dense(4), inputs: ["x"]), Node("b", Dense(4), inputs: ["a"]),
          Node("sum", Add(), inputs: inputs),
        ], outputs: ["sum"])
    }
    let report = try folder.compare(
      untrained(network(["b", "a"])), untrained(network(["b", "x"])))
    #expect(report.changes(.architecture) == ["changed architecture/sum/inputs"])
  }

  @Test("Parts are chosen, and ignored differences do not count")
  func ignored() throws {
    let changed = model.changing("second/kernel") { $0[0] += 1 }
      .changing("last/bias") { $0[0] += 1 }
    let report = try folder.compare(model, changed) { $0.ignored = ["*/bias"] }
    #expect(report.tensors() == ["changed weights/second/kernel"] && report.ignoredCount == 1)
    let none = try folder.compare(model, changed) { $0.ignored = ["weights/second", "*/last/*"] }
    #expect(none.isSame && none.ignoredCount == 2)
    #expect(try folder.compare(model, changed) { $0.ignored = ["parameters"] }.isSame)
    let architecture = try folder.compare(model, changed) { $0.parts = [.architecture] }
    #expect(architecture.isSame && architecture.parts.count == 1)
  }

  @Test("What is asked and makes no sense is refused")
  func refusals() throws {
    for (change, words) in [
      ({ $0.tolerance = -1 }, "--tolerance"), ({ $0.data = "-" }, "--data"),
      ({ $0.parts = [.behaviour] }, "--data"),
    ] as [((inout Comparison.Options) -> Void, String)] {
      #expect(throws: OptionError.self, "\(words)") {
        _ = try folder.compare(model, model, change)
      }
    }
  }

  @Test("A damaged file is one error that names it")
  func damaged() throws {
    _ = try folder.compare(model, model)
    var bytes = try folder.read("new.h5")
    bytes.removeLast(100)
    try bytes.write(to: folder.url.appendingPathComponent("new.h5"))
    let words = problem(in: folder) {
      _ = try Comparison.run(.init(old: folder.path("old.h5"), new: folder.path("new.h5")))
    }
    #expect(words.hasPrefix("new.h5: ") && !words.contains("\n"))
    let missing = problem(in: folder) {
      _ = try Comparison.run(.init(old: folder.path("none.h5"), new: folder.path("old.h5")))
    }
    #expect(missing.hasPrefix("none.h5: "))
  }

  @Test("A changed byte whose digest is the same is found when files are verified first")
  func verified() throws {
    _ = try folder.compare(model, model)
    let path = folder.path("new.h5")
    let tensor = try #require(
      try ModelFile(reading: path).tensors().first { $0.path == "/weights/first/kernel" })
    var bytes = try folder.read("new.h5")
    bytes[tensor.offset] ^= 1
    try bytes.write(to: folder.url.appendingPathComponent("new.h5"))
    #expect(throws: ModelFileError.self) {
      _ = try Comparison.run(
        .init(old: folder.path("old.h5"), new: path, verifies: true))
    }
  }
}

@Suite struct PathPatternTests {
  @Test(
    "A pattern means what it names and what is below that",
    arguments: [
      ("weights/dense/kernel", true), ("weights", true), ("weights/dense", true),
      ("/weights/dense/kernel", true), ("weights/den", false), ("*/kernel", true),
      ("*", true), ("weights/d?nse", true), ("*kernel", true), ("*/dense", true),
      ("kernel", false), ("*bias", false), ("weights/*/k*l", true),
      ("weights/dense/kernel/x", false),
      ("", false), ("*a*e*i*", false), ("*e*e*e", true), ("*e*e*l", true),
    ])
  func matching(pattern: String, isMeant: Bool) {
    #expect(PathPattern(pattern).matches("weights/dense/kernel") == isMeant, "\(pattern)")
  }

  @Test("Many stars take no more time than there are letters for each")
  func stars() {
    let pattern = PathPattern(String(repeating: "*a", count: 200) + "b")
    #expect(!pattern.matches(String(repeating: "a", count: 5000)))
  }
}

@Suite struct LinkComparisonTests {
  @Test(
    "A link that another program writes as a layer is one difference", arguments: [true, false])
  func links(isNew: Bool) throws {
    let folder = try TemporaryFolder()
    let layers: [(name: String, layer: any Layer)] = [("a", Dense(4)), ("b", Dense(3))]
    let linked = try untrained(chain(layers), link: .softmax)
    let layered = try linked.moved(
      to: chain(layers + [("probabilities", Activation(.softmax))]), names: ["a": "a", "b": "b"])
    var plain = layered
    plain.links = [.identity]
    let report = try folder.compare(isNew ? linked : plain, isNew ? plain : linked)
    let changes = try #require(report.part(.architecture)?.changes)
    #expect(changes.map(\.path) == ["architecture/outputs/0/link"])
    let sides = [changes.first?.old, changes.first?.new]
    #expect(
      (isNew ? sides : sides.reversed()) == [.text("softmax"), .text("layer probabilities")])
    #expect(report.tensors() == [])
  }
}
