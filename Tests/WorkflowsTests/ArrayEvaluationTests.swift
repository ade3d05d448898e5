import Datasets
import Foundation
import Layers
import ModelFiles
import Networks
import Tensors
import Testing
import Training

@testable import Workflows

@Suite("Scoring arrays")
struct ArrayEvaluationTests {
  private func evaluate(
    _ input: String, with model: String, target: String? = nil, loss: String? = nil,
    threads: Int = 1
  ) throws -> Evaluation.Result {
    try Evaluation.run(
      .init(model: model, table: input, target: target, loss: loss, threads: threads))
  }

  private func numbers(_ shape: Shape, seed: UInt64 = 8) -> Tensor {
    let random = RandomStream(seed: seed, stream: 2)
    return Tensor((0..<shape.count).map { Float(random.uniform(at: $0)) - 0.5 }, shape: shape)
  }

  private func classes(_ rows: Int, of count: Int) -> Tensor {
    let random = RandomStream(seed: 5, stream: 3)
    return Tensor((0..<rows).map { Int64(random.integer(below: count, at: $0)) })
  }

  private func isClose(_ left: Double?, _ right: Double?) -> Bool {
    guard let left, let right else { return false }
    return abs(left - right) < 1e-5 * max(1, abs(right))
  }

  @Test(
    "Arrays of prepared columns score as the table does, and the loss is the one of the training",
    arguments: [
      ("iris", "species", "cross_entropy"), ("breast_cancer", "diagnosis", "binary_cross_entropy"),
      ("diabetes", "progression", "mean_squared_error"),
    ])
  func likeTheTable(name: String, target: String, loss: String) throws {
    let folder = try TemporaryFolder()
    var configuration = Configuration()
    try configuration.set([
      ("target", .text(target)), ("hidden", .text("8")), ("epochs", .text("4")),
      ("loss", .text(loss)),
    ])
    let model = folder.path("model.h5")
    _ = try ModelTraining.run(
      .init(table: table(name), configuration: configuration, output: model))
    let preprocessing = try #require(try ModelFile(reading: model).preprocessing)
    let rows = try Table(
      contentsOf: table(name), options: TableOptions(kinds: preprocessing.columnKinds))
    let encoded = try preprocessing.encode(rows)
    // Classes by number, numbers in their own unit.
    var targets = try #require(encoded.targets)[0]
    if case .number = preprocessing.target {
      guard case .numbers(let numbers)? = rows.columns.last?.values else { return }
      targets = Tensor(numbers.map { Float($0) })
    }
    let arrays = encoded.inputs.map { (name: $0.name, tensor: $0.tensor) }
    let input = try folder.write(arrays + [(target, targets)], to: "in.npz")
    let expected = try evaluate(table(name), with: model).targets[0]
    let result = try evaluate(input, with: model)
    var found = result.targets[0]
    let measured = try #require(found.loss)
    #expect(result.rowCount == rows.rowCount && result.notes == [])
    #expect(measured.kind == loss)
    if let scores = found.classification { #expect(isClose(measured.mean, scores.logLoss)) }
    if let scores = found.regression {
      let deviation = try #require(preprocessing.target.deviation)
      #expect(isClose(measured.mean, pow(scores.rootMeanSquaredError / deviation, 2)))
    }
    found.loss = nil
    #expect(found == expected)
    // Under another name, and on several threads, the same.
    let renamed = try folder.write(arrays + [("y", targets)], to: "y.npz")
    var other = try evaluate(renamed, with: model, threads: 3).targets[0]
    #expect(other.target == "y" && other.loss == measured)
    (other.target, other.loss) = (target, nil)
    #expect(other == expected)
  }

  @Test("A model without columns is scored on arrays and on tables alike, by a loss that is named")
  func withoutColumns() throws {
    let folder = try TemporaryFolder()
    let model = fixture("models/untrained.h5")
    let input = fixture("arrays/features.npz")
    let result = try evaluate(input, with: model, loss: "mean_squared_error")
    let scores = try #require(result.targets[0].regression)
    #expect(result.rowCount == 6 && result.targets[0].target == "y")
    #expect(isClose(result.targets[0].loss?.mean, pow(scores.rootMeanSquaredError, 2)))
    let numbers = (0..<18).map { "\(Float($0 * 7 % 11) - 2.75)" }
    var (last, first) = ("a,b,c,y\n", "y,a,b,c\n")
    for row in 0..<6 {
      let inputs = numbers[3 * row..<3 * row + 3].joined(separator: ",")
      last += "\(inputs),\(numbers[3 * row])\n"
      first += "\(numbers[3 * row]),\(inputs)\n"
    }
    last = try folder.write(last, to: "last.csv")
    first = try folder.write(first, to: "first.csv")
    #expect(try evaluate(last, with: model, loss: "mean_squared_error") == result)
    #expect(try evaluate(first, with: model, target: "y", loss: "mean_squared_error") == result)
    #expect(
      try evaluate(last, with: model, loss: "huber").targets[0].loss != result.targets[0].loss)
  }

  @Test("An output that is a probability itself has the loss of the logits behind it")
  func probabilities() throws {
    let folder = try TemporaryFolder()
    let cases: [(width: Int, link: Link, function: ActivationFunction, loss: String)] = [
      (4, .softmax, .softmax, "cross_entropy(label_smoothing=0.1)"),
      (1, .sigmoid, .sigmoid, "binary_cross_entropy"), (3, .sigmoid, .sigmoid, "binary_focal"),
    ]
    for (width, link, function, loss) in cases {
      let logits = try Network.sequential(input: [5], named: "x") { Dense(width) }
      let activated = try Network.sequential(input: [5], named: "x") {
        Dense(width)
        Activation(function)
      }
      try Model(logits, links: [link]).write(to: folder.path("logits.h5"))
      try Model(activated).write(to: folder.path("activated.h5"))
      let shares = (0..<50 * width).map { Float($0 * 7 % 11 < 5 ? 1 : 0) }
      let targets =
        link == .softmax ? classes(50, of: width) : Tensor(shares, shape: [50, width])
      let input = try folder.write(
        [("x", numbers([50, 5])), ("targets", targets)], to: "\(width).npz")
      let first = try evaluate(input, with: folder.path("logits.h5"), loss: loss).targets[0]
      let second = try evaluate(input, with: folder.path("activated.h5"), loss: loss).targets[0]
      #expect(isClose(first.loss?.mean, second.loss?.mean))
      #expect(first.classification?.accuracy == second.classification?.accuracy)
      #expect(
        (first.labels != nil) == (width == 3) && first.labels?.labels == second.labels?.labels)
    }
    // What is no probability is refused.
    let plain = try Network.sequential(input: [5], named: "x") { Dense(2) }
    try Model(plain).write(to: folder.path("plain.h5"))
    let input = try folder.write(
      [("x", numbers([50, 5])), ("y", classes(50, of: 2))], to: "in.npz")
    let words = problem(in: folder) {
      _ = try evaluate(input, with: folder.path("plain.h5"), loss: "cross_entropy")
    }
    #expect(words.hasPrefix("plain.h5: its output 'dense_1' is the prediction itself and no "))
  }

  @Test("Several outputs have a target each, and shapes follow the free axes")
  func severalOutputs() throws {
    let folder = try TemporaryFolder()
    let builder = NetworkBuilder()
    let value = builder.input("x", shape: [3, 2], freeAxes: [0])
    let steps = builder.add(Dense(2), named: "steps", to: value)
    let again = builder.add(Dense(1), named: "again", to: steps)
    try Model(builder.network(outputs: steps, again), links: [.identity, .identity])
      .write(to: folder.path("model.h5"))
    let x = numbers([9, 5, 2])
    let input = try folder.write(
      [("x", x), ("again", numbers([9, 5, 1], seed: 1)), ("steps", numbers([9, 5, 2], seed: 2))],
      to: "in.npz")
    let model = folder.path("model.h5")
    let result = try evaluate(input, with: model, loss: "mean_absolute_error")
    #expect(result.targets.map(\.target) == ["steps", "again"])
    for target in result.targets {
      #expect(isClose(target.loss?.mean, target.regression?.meanAbsoluteError))
    }
    let named = try evaluate(
      input, with: model, target: "steps,again", loss: "mean_absolute_error")
    #expect(named == result)
    #expect(
      problem(in: folder) { _ = try evaluate(input, with: model, target: "steps", loss: "huber") }
        == "--target: expected 2 arrays, one for each output, found 'steps'")
    let short = try folder.write(
      [("x", x), ("steps", numbers([9, 3, 2])), ("again", numbers([9, 5, 1]))], to: "short.npz")
    #expect(
      problem(in: folder) { _ = try evaluate(short, with: model, loss: "huber") }
        == "short.npz: target 'steps': expected [rows, 5, 2], found float32 [9, 3, 2]")
  }

  @Test("Blocks and threads change no score")
  func threads() throws {
    let folder = try TemporaryFolder()
    let network = try Network.sequential(input: [5], named: "x") {
      Dense(20)
      Dense(3)
    }
    try Model(network, links: [.softmax]).write(to: folder.path("model.h5"))
    let input = try folder.write(
      [("x", numbers([2003, 5])), ("target", classes(2003, of: 3))], to: "in.npz")
    let results = try [1, 2, 3].map {
      try evaluate(input, with: folder.path("model.h5"), loss: "focal", threads: $0)
    }
    #expect(results[0] == results[1] && results[0] == results[2])
    #expect(results[0].rowCount == 2003)
  }

  @Test("What cannot be scored is said in one line")
  func refused() throws {
    let folder = try TemporaryFolder()
    let network = try Network.sequential(input: [5], named: "x") { Dense(3) }
    let model = folder.path("model.h5")
    try Model(network, links: [.softmax]).write(to: model)
    let x = numbers([4, 5])
    func check(
      _ target: Tensor?, _ expected: String, x: Tensor? = nil, named: String? = nil,
      loss: String? = "cross_entropy", sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
      let arrays = [("x", x ?? numbers([4, 5]))] + (target.map { [("y", $0)] } ?? [])
      let input = try folder.write(arrays, to: "a")
      let found = problem(in: folder) {
        _ = try evaluate(input, with: model, target: named, loss: loss)
      }
      #expect(found == expected, sourceLocation: sourceLocation)
      try FileManager.default.removeItem(atPath: input)
    }
    let classes = Tensor([0, 1, 2, 1] as [Int32])
    try check(nil, "a: target 'target': no array of this name; the file has: x")
    try check(
      classes, "a: target 'label': no array of this name; the file has: x, y", named: "label")
    try check(
      classes,
      "--loss: expected the name of a loss, for the model knows none ("
        + "\(LossCatalog.standard.names.joined(separator: ", "))), found nothing", loss: nil)
    try check(
      classes,
      "--loss: expected a loss of outputs with the link softmax, found "
        + "'mean_squared_error'", loss: "mean_squared_error")
    try check(
      classes, "loss: unknown loss 'cros_entropy'; did you mean 'cross_entropy'?",
      loss: "cros_entropy")
    try check(
      Tensor([0, 1, 3, 1] as [UInt8]), "a: y.npy: row 2: expected an index from 0 to 2, found 3")
    try check(
      Tensor([0, 1, 2, 1] as [Float]),
      "a: target 'y': expected integers, the classes from 0 to 2, found float32 [4]")
    try check(
      Tensor([0, 1, 2] as [Int32]), "a: target 'y': expected 4 rows, as of input 'x', found 3")
    try check(
      Tensor(zeros: [4, 3], elementType: .int32),
      "a: target 'y': expected [rows], found int32 [4, 3]")
    try check(
      Tensor(zeros: [0], elementType: .int32), "a: expected rows, found none",
      x: Tensor(zeros: [0, 5]))
    let single = try folder.write(x, to: "x.npy")
    #expect(
      problem(in: folder) { _ = try evaluate(single, with: model, loss: "cross_entropy") }
        == "x.npy: target 'target': expected an archive (.npz) with an array of this name, found one "
        + "array")
    let damaged = try folder.write(
      [("features", numbers([4, 3])), ("y", Tensor([1, .nan, 2, 3] as [Float]))], to: "n.npz")
    #expect(
      problem(in: folder) {
        _ = try evaluate(damaged, with: fixture("models/untrained.h5"), loss: "huber")
      } == "n.npz: target 'y': row 1: expected a finite number, found nan")
    let text = try folder.write("a,b,c,d,e,y\n1,2,3,4,5,0\n1,2,3,4,5,7\n", to: "t.csv")
    #expect(
      problem(in: folder) { _ = try evaluate(text, with: model, loss: "cross_entropy") }
        == "t.csv: line 3: column 'y': expected a whole number from 0 to 2, found '7'")
    #expect(
      problem(in: folder) {
        _ = try evaluate(text, with: model, target: "b,c", loss: "cross_entropy")
      } == "t.csv: expected 5 columns, one for each number that the model takes, and 1 for its "
        + "targets, found 6")
    #expect(
      problem(in: folder) {
        _ = try evaluate(text, with: fixture("models/running.h5"), target: "y")
      } == "--target: expected arrays, or a model without columns, found 'y'")
  }
}

extension Preprocessing.Target {
  /// What numbers were divided by.
  fileprivate var deviation: Double? {
    if case .number(let target) = self { 1 / target.scale } else { nil }
  }
}
