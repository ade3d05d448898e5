import Datasets
import Foundation
import Layers
import ModelFiles
import Networks
import Tensors
import Testing
import Training

@testable import Workflows

@Suite("Predicting arrays")
struct ArrayPredictionTests {
  private func predict(
    _ input: String, with model: String, in folder: TemporaryFolder, to output: String = "out.csv",
    json: Bool = false, keep: [String] = [], threads: Int = 1
  ) throws -> Prediction.Result {
    try Prediction.run(
      .init(
        model: model, input: input, output: folder.path(output), keep: keep,
        format: json ? .jsonLines : .csv, threads: threads))
  }

  private func isClose(_ left: [Double], _ right: [Double]) -> Bool {
    left.count == right.count && zip(left, right).allSatisfy { abs($0 - $1) < 1e-6 }
  }

  /// A network of two inputs and two outputs, one of them an image.
  private func wide() throws -> Network {
    let builder = NetworkBuilder()
    let left = builder.input("left", shape: [2])
    let right = builder.input("right", shape: [3])
    let both = builder.add(Concatenate(), to: left, right)
    let hidden = builder.add(Dense(6), named: "hidden", to: both)
    let image = builder.add(Reshape([1, 2, 3]), named: "image", to: hidden)
    let kind = builder.add(Dense(2), named: "kind", to: hidden)
    return try builder.network(outputs: kind, image)
  }

  private func numbers(_ shape: Shape) -> Tensor {
    let random = RandomStream(seed: 8, stream: 2)
    return Tensor((0..<shape.count).map { Float(random.uniform(at: $0)) }, shape: shape)
  }

  @Test("A .npy and a .npz file of NumPy give what the library gives, whatever their types")
  func likeTheLibrary() throws {
    let folder = try TemporaryFolder()
    let model = fixture("models/untrained.h5")
    let rows = (0..<18).map { Float($0 * 7 % 11) - 2.75 }
    let expected = try Model(reading: model).predict(Tensor(rows, shape: [6, 3]))
    let single = try predict(
      fixture("arrays/features.npy"), with: model, in: folder, to: "one.npy")
    #expect(single.rowCount == 6 && single.notes == [])
    let found = try folder.array("one.npy")
    #expect(found.shape == [6, 1] && isClose(found.doubles(), expected.doubles()))
    let named = try predict(
      fixture("arrays/features.npz"), with: model, in: folder, to: "all.npz")
    #expect(named.notes == ["not used by the model: y"])
    #expect(try folder.arrays("all.npz") == ["dense_2": found])
    // The same as text, and from text.
    _ = try predict(fixture("arrays/features.npy"), with: model, in: folder, to: "a.csv")
    let lines = rows.indices.map { "\(rows[$0])" + ($0 % 3 == 2 ? "\n" : ",") }.joined()
    for (name, text) in [("plain", lines), ("named", "a,b,c\n" + lines)] {
      let table = try folder.write(text, to: name)
      #expect(try predict(table, with: model, in: folder).rowCount == 6)
      #expect(try folder.text("out.csv") == folder.text("a.csv"))
    }
    #expect(try folder.text("a.csv").hasPrefix("dense_2\n"))
  }

  @Test("Free axes take what the arrays have, and indices come from integers")
  func freeAxes() throws {
    let folder = try TemporaryFolder()
    let model = fixture("models/shared.h5")
    for (name, steps) in [("usual", 3), ("longer", 7)] {
      let result = try predict(
        fixture("arrays/\(name).npz"), with: model, in: folder, to: "out.npz")
      #expect(result.rowCount == 4 && result.notes == ["not used by the model: extra"])
      let words = (0..<4 * steps).map { Int32($0 * 7 % 11 % 5) }
      let bias = (0..<20 * steps).map { Float($0 * 7 % 11) - 2.75 }
      let expected = try Model(reading: model).predict(
        [Tensor(words, shape: [4, steps]), Tensor(bias, shape: [4, steps, 5])])
      let found = try #require(try folder.arrays("out.npz")["output"])
      #expect(found.shape == [4, steps, 5] && isClose(found.doubles(), expected.doubles()))
    }
  }

  @Test("Several outputs stand beside each other in text, and by name in an archive")
  func severalOutputs() throws {
    let folder = try TemporaryFolder()
    let model = try Model(wide(), links: [.softmax, .identity])
    try model.write(to: folder.path("model.h5"))
    let (left, right) = (numbers([5, 2]), numbers([5, 3]))
    let input = try folder.write([("right", right), ("left", left)], to: "in.npz")
    let path = folder.path("model.h5")
    let expected = try model.predictions([left, right])
    _ = try predict(input, with: path, in: folder, to: "out.npz")
    let found = try folder.arrays("out.npz")
    #expect(Set(found.keys) == ["kind", "image"])
    for (name, tensor) in expected {
      #expect(found[name]?.shape == tensor.shape)
      #expect(isClose(found[name]?.doubles() ?? [], tensor.doubles()))
    }
    _ = try predict(input, with: path, in: folder)
    let lines = try folder.text("out.csv").split(separator: "\n")
    let names = "image_0_0_0,image_0_0_1,image_0_0_2,image_0_1_0,image_0_1_1,image_0_1_2"
    #expect(lines[0] == "kind_0,kind_1,\(names)")
    let kinds = try #require(expected["kind"]).doubles()
    let images = try #require(expected["image"]).doubles()
    let second = lines[2].split(separator: ",").compactMap { Double($0) }
    #expect(isClose(second, Array(kinds[2..<4] + images[6..<12])))
    _ = try predict(input, with: path, in: folder, json: true)
    let object = try JSONSerialization.jsonObject(
      with: Data(folder.text("out.csv").split(separator: "\n")[1].utf8))
    let values = try #require(object as? [String: Any])
    #expect(isClose(try #require(values["kind"] as? [Double]), Array(kinds[2..<4])))
    let nested = try #require(values["image"] as? [[[Double]]])
    #expect(isClose(nested.flatMap { $0 }.flatMap { $0 }, Array(images[6..<12])))
    // A table has the numbers of both inputs in their order.
    let text = (0..<5).map { row in
      (left.rows(row..<row + 1).elements(as: Float.self)
        + right.rows(row..<row + 1).elements(as: Float.self)).map { "\($0)" }
        .joined(separator: ",") + ",row\(row)\n"
    }.joined()
    let table = try folder.write("a,b,c,d,e,id\n" + text, to: "in.csv")
    _ = try predict(table, with: path, in: folder, to: "table.csv", keep: ["id"])
    let plain = try folder.text("table.csv").split(separator: "\n")
    #expect(plain[0] == "id," + lines[0] && plain[3] == "row2," + lines[3])
  }

  @Test("Rows come out in their order and alike, whatever the number of threads")
  func threads() throws {
    let folder = try TemporaryFolder()
    try Model(wide(), links: [.softmax, .identity]).write(to: folder.path("model.h5"))
    let (left, right) = (numbers([3001, 2]), numbers([3001, 3]))
    let input = try folder.write([("left", left), ("right", right)], to: "in.npz")
    for name in ["csv", "npz"] {
      for threads in [1, 3] {
        let result = try predict(
          input, with: folder.path("model.h5"), in: folder, to: "\(threads).\(name)",
          threads: threads)
        #expect(result.rowCount == 3001)
      }
      #expect(try folder.read("1.\(name)") == folder.read("3.\(name)"))
    }
    // A row alone gets the bits that it gets among others.
    let alone = try folder.write(
      [("left", left.rows(2000..<2001)), ("right", right.rows(2000..<2001))], to: "one.npz")
    _ = try predict(alone, with: folder.path("model.h5"), in: folder, to: "alone.npz")
    let all = try folder.arrays("3.npz")
    for (name, row) in try folder.arrays("alone.npz") {
      #expect(row == all[name]?.rows(2000..<2001))
    }
  }

  @Test("Arrays of prepared columns give what the table gives, classes by their names")
  func preparedColumns() throws {
    let folder = try TemporaryFolder()
    for (name, target) in [("iris", "species"), ("diabetes", "progression")] {
      var configuration = Configuration()
      try configuration.set([
        ("target", .text(target)), ("hidden", .text("8")), ("epochs", .text("2")),
      ])
      let model = folder.path("\(name).h5")
      _ = try ModelTraining.run(
        .init(table: table(name), configuration: configuration, output: model))
      let preprocessing = try #require(try ModelFile(reading: model).preprocessing)
      let encoded = try preprocessing.encode(
        Table(contentsOf: table(name), options: TableOptions()))
      let input = try folder.write(
        encoded.inputs.map { ($0.name, $0.tensor) } + [("label", Tensor([1 as Int8]))],
        to: "\(name).npz")
      _ = try predict(table(name), with: model, in: folder, to: "table.csv")
      let result = try predict(input, with: model, in: folder, to: "array.csv")
      #expect(try folder.text("table.csv") == folder.text("array.csv"))
      #expect(result.notes == ["not used by the model: label"])
      // So do arrays that come out of the two, numbers in the unit of the target.
      _ = try predict(table(name), with: model, in: folder, to: "table.npy")
      _ = try predict(input, with: model, in: folder, to: "array.npy")
      #expect(try folder.read("table.npy") == folder.read("array.npy"))
      let numbers = try folder.array("array.npy").elements(as: Float.self)
      let last = try folder.text("table.csv").split(separator: "\n").dropFirst()
        .flatMap { $0.split(separator: ",").compactMap { Float($0) } }
      #expect(numbers == last)
    }
  }

  @Test("No rows are no predictions")
  func noRows() throws {
    let folder = try TemporaryFolder()
    let model = fixture("models/untrained.h5")
    let input = try folder.write(Tensor(zeros: [0, 3]), to: "in.npy")
    #expect(try predict(input, with: model, in: folder, to: "out.npy").rowCount == 0)
    #expect(try folder.array("out.npy").shape == [0, 1])
    #expect(try predict(input, with: model, in: folder).rowCount == 0)
    #expect(try folder.text("out.csv") == "dense_2\n")
  }

  @Test("What does not fit is said in one line: the input, what it takes, what was found")
  func refused() throws {
    let folder = try TemporaryFolder()
    let (single, several) = (fixture("models/untrained.h5"), fixture("models/shared.h5"))
    try Model(wide()).write(to: folder.path("wide.h5"))
    _ = try folder.write("old", to: "out.npz")
    func check(
      _ arrays: [(name: String, tensor: Tensor)], _ model: String, _ expected: String,
      sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
      let input =
        arrays[0].name.isEmpty
        ? try folder.write(arrays[0].tensor, to: "a") : try folder.write(arrays, to: "a")
      let found = problem(in: folder) {
        _ = try predict(input, with: model, in: folder, to: "out.npz")
      }
      #expect(found == "a: \(expected)", sourceLocation: sourceLocation)
      try FileManager.default.removeItem(atPath: input)
    }
    let indices = Tensor((0..<12).map { Int64($0 % 5) }, shape: [4, 3])
    try check(
      [("", numbers([6]))], single, "input 'features': expected [rows, 3], found float32 [6]")
    try check(
      [("", numbers([6, 4]))], single,
      "input 'features': expected [rows, 3], found float32 [6, 4]")
    try check(
      [("", numbers([6, 3]))], several,
      "expected an archive (.npz) of arrays for the inputs 'words', 'bias', found one array")
    try check(
      [("feature", numbers([6, 3])), ("y", numbers([6]))], single,
      "input 'features': no array of this name; did you mean 'feature'?; the file has: feature, y")
    try check(
      [("words", numbers([4, 3])), ("bias", numbers([4, 3, 5]))], several,
      "input 'words': expected integers as indices, found float32 [4, 3]")
    try check(
      [("words", indices), ("bias", numbers([4, 3, 6]))], several,
      "input 'bias': expected [rows, any, 5], found float32 [4, 3, 6]")
    try check(
      [("words", indices), ("bias", numbers([3, 3, 5]))], several,
      "input 'bias': expected 4 rows, as of input 'words', found 3")
    try check(
      [
        ("words", Tensor((0..<12).map { UInt8($0 / 2) }, shape: [4, 3])),
        ("bias", numbers([4, 3, 5])),
      ],
      several, "words.npy: row 3: expected an index from 0 to 4, found 5")
    // The network says in its own words what does not go together.
    let uneven = try folder.write(
      [("words", indices), ("bias", numbers([4, 7, 5]))], to: "uneven")
    let found = problem(in: folder) { _ = try predict(uneven, with: several, in: folder) }
    #expect(
      found.hasPrefix(
        "uneven: arrays of these shapes do not go through the network: node 'add_1' (add): "))
    try FileManager.default.removeItem(atPath: uneven)
    let wide = try folder.write([("left", numbers([2, 2])), ("right", numbers([2, 3]))], to: "b")
    func words(_ output: String, json: Bool = false, keep: [String] = []) -> String {
      problem(in: folder) {
        _ = try predict(
          wide, with: folder.path("wide.h5"), in: folder, to: output, json: json, keep: keep)
      }
    }
    #expect(
      words("out.npy")
        == "--output: expected an archive (.npz) for the 2 outputs of the model, found 'out.npy'")
    #expect(words("out.npz", json: true) == "--json: expected a file of text, found 'out.npz'")
    #expect(words("out.csv", keep: ["id"]) == "--keep: expected a table with columns, found arrays")
    #expect(
      problem(in: folder) {
        _ = try Prediction.run(
          .init(
            model: folder.path("wide.h5"), input: wide, output: folder.path("out.npz"),
            csv: CSVOptions(delimiter: .bar)))
      } == "--delimiter: expected a table of text, found arrays")
    #expect(
      problem(in: folder) {
        _ = try Prediction.run(
          .init(
            model: folder.path("wide.h5"), input: wide, output: folder.path("out.npz"),
            includesProbabilities: false))
      } == "--no-probabilities: expected a file of text, found 'out.npz'")
    #expect(try folder.text("out.npz") == "old")
    #expect(try folder.names() == ["b", "out.npz", "wide.h5"])
  }

  @Test("A table that is not the flattened inputs is refused with its line and column")
  func refusedTables() throws {
    let folder = try TemporaryFolder()
    func words(_ text: String, _ model: String = "untrained") throws -> String {
      let input = try folder.write(text, to: "a")
      return problem(in: folder) {
        _ = try predict(input, with: fixture("models/\(model).h5"), in: folder)
      }
    }
    #expect(
      try words("a,b\n1,2\n")
        == "a: expected 3 columns, one for each number that the model takes, found 2")
    #expect(
      try words("a,b,c\n1,2,3\n4,x,6\n") == "a: line 3: column 'b': expected a number, found 'x'")
    #expect(try words("a,b,c\n1,,3\n") == "a: line 2: column 'b': a value is missing")
    #expect(
      try words("a,b,c\n1,2,1e99\n")
        == "a: line 2: column 'c': expected a number within ±3.4e38, found '1e99'")
    let header = (1...18).map { "c\($0)" }.joined(separator: ",")
    for index in ["5", "1.5", "-1"] {
      let row = "\n0,4,\(index)," + Array(repeating: "0.5", count: 15).joined(separator: ",")
      #expect(
        try words(header + row + "\n", "shared")
          == "a: line 2: column 'c3': expected a whole number from 0 to 4, found '\(index)'")
    }
    #expect(!(try folder.names().contains("out.csv")))
  }
}
