import Foundation
import Kernels
import Tensors
import Testing

@testable import Datasets

/// Encodes a text by blocks and gives all inputs, row after row, and the report.
func encodeByBlocks(
  _ text: String, with preprocessing: Preprocessing, blockByteCount: Int
) throws -> (inputs: [[Double]], targets: [Double], report: EncodingReport) {
  let folder = try Folder()
  let reader = try CSVReader(
    ByteSource(path: folder.file(text)), blockByteCount: blockByteCount)
  let binding = try preprocessing.binding(to: reader.header, includesTarget: true)
  let batch = EncodedBatch(binding)
  let block = RowBlock()
  var inputs = [[Double]](repeating: [], count: preprocessing.inputs.count)
  var targets: [Double] = []
  var report = EncodingReport()
  while try reader.next(into: block) {
    try block.index()
    try binding.encode(block, into: batch, report: &report)
    for (place, view) in batch.inputs.enumerated() { inputs[place] += view.doubles() }
    targets += batch.targets.first?.doubles() ?? []
  }
  return (inputs, targets, report)
}

/// A table with every kind of column; every seventh number and ninth name is missing.
func mixedTable(rows: Range<Int>) -> String {
  var text = "id,size,weight,colour,ready,shop,price\n"
  for row in rows {
    let size = row % 7 == 3 ? "NA" : "\(Double((row * 37) % 101) / 4)"
    let colour = row % 9 == 4 ? "" : ["red", "green", "\"blue, dark\""][row % 3]
    let ready = row % 11 == 0 ? "?" : row % 2 == 0 ? "yes" : "No"
    text += "k\(row),\(size),\(row * row),\(colour),\(ready),\(row % 5),\(row % 4)\n"
  }
  return text
}

struct PreprocessingTests {
  @Test("Numbers are scaled with statistics of the training rows only")
  func trainingRowsOnly() throws {
    let table = Table([
      TableColumn("x", numbers: [1, 2, 3, 1000, .nan]),
      TableColumn("c", categories: ["a", "b", "a", "z", "b"]),
      TableColumn("y", categories: ["p", "q", "p", "q", "p"]),
    ])
    let fitted = try Preprocessing(fitting: table, rows: [0, 1, 2], target: "y")
    guard case .number(let number) = fitted.features[0].transform,
      case .category(let category) = fitted.features[1].transform
    else { return #expect(Bool(false)) }
    #expect(number.statistics.mean == 2)
    #expect(number.statistics.deviation == (2.0 / 3).squareRoot())
    #expect((number.statistics.minimum, number.statistics.maximum) == (1, 3))
    #expect(number.statistics.count == 3 && !number.hasFlag)
    #expect(category.categories == ["a", "b"] && category.counts == [2, 1])

    let encoded = try fitted.encode(table)
    let scale = 1 / (2.0 / 3).squareRoot()
    let values = encoded.inputs[0].tensor.elements(as: Float.self)
    #expect(encoded.inputs[0].tensor.shape == [5, 3])
    #expect(values[0] == Float(-scale) && values[3] == 0 && values[6] == Float(scale))
    // An unknown category and a missing number that training never saw: zeros, and counted.
    #expect(Array(values[9...]) == [Float(998 * scale), 0, 0, 0, 0, 1])
    #expect(
      encoded.report.lines == [
        "column 'c': of 5 values, 1 not among the categories; filled in",
        "column 'x': of 5 values, 1 missing; filled in",
      ])
    #expect(encoded.targets?[0].elements(as: Int32.self) == [0, 1, 0, 1, 0])
    #expect(encoded.targets?[0].shape == [5])
  }

  @Test(
    "Blocks give exactly what the whole table gives",
    arguments: [CategoryEncoding.oneHot, .embedding(4)], [Scaling.standard, .minMax, .none])
  func streaming(_ encoding: CategoryEncoding, _ scaling: Scaling) throws {
    var options = PreprocessingOptions()
    options.encoding = encoding
    options.scaling = scaling
    options.columns["shop"] = ColumnOptions(kind: .category)
    let text = mixedTable(rows: 0..<300)
    let training = try table(text)
    #expect(
      training.columns.map(\.kind) == [
        .category, .number, .number, .category, .boolean, .number, .number,
      ])
    let fitted = try Preprocessing(
      fitting: training, rows: Array(0..<200), target: "price", options: options)
    #expect(
      fitted.ignored.map(\.description) == [
        "column 'id' is not used: it is different in every row"
      ])
    // Other rows, with categories that training did not see and numbers written otherwise.
    let other =
      mixedTable(rows: 300..<700) + "k,7,8,violet,TRUE,1.0,3.0\nk,7,8, red ,0,77,2\n"
    let whole = try fitted.encode(
      table(other, TableOptions(kinds: fitted.columnKinds)))
    for size in [50, 1000, 1 << 20] {
      let parts = try encodeByBlocks(other, with: fitted, blockByteCount: size)
      #expect(parts.inputs == whole.inputs.map { $0.tensor.doubles() })
      #expect(parts.targets == whole.targets?[0].doubles())
      #expect(parts.report == whole.report)
    }
    #expect(whole.report.columns["colour"]?.unknown == 1)
    #expect(whole.report.columns["shop"]?.unknown == 1)
    #expect(whole.inputs.map(\.name) == fitted.inputs.map(\.name))
    #expect(whole.inputs.map(\.tensor.shape.last) == fitted.inputs.map(\.width))
  }

  @Test("Neither the order of columns nor further ones change anything")
  func columnOrder() throws {
    let fitted = try Preprocessing(
      fitting: table("a,b,c,y\n1,red,yes,0.5\n2,blue,no,1.5\n4,red,yes,3\n"), target: "y")
    let first = try encodeByBlocks("a,b,c\n3,red,no\n", with: fitted, blockByteCount: 100)
    let second = try encodeByBlocks(
      "more;c;b;a\n9;no;red;3\n", with: fitted, blockByteCount: 100)
    #expect(first.inputs == second.inputs)
    let binding = try fitted.binding(to: ["more", "c", "b", "a", "y"])
    #expect(binding.ignoredColumns == ["more"])
  }

  @Test("A missing column is an error that says what is there, or is filled when asked")
  func missingColumn() throws {
    var fitted = try Preprocessing(
      fitting: table("size,b,y\n1,red,0.5\n2,blue,1.5\nNA,,3\n"), target: "y")
    #expect(
      message { _ = try fitted.binding(to: ["sise", "b"]) }
        == "column 'size': the column is missing; did you mean 'sise'?; the file has: sise, b")
    fitted.missingColumn = .missing
    let filled = try encodeByBlocks("b\nred\n", with: fitted, blockByteCount: 100)
    // size: the mean is 0 when scaled, its flag 1; b: blue, red, other.
    #expect(filled.inputs == [[0, 1, 0, 1, 0]])
    #expect(filled.report.lines == ["column 'size' is missing and was filled in every row"])
    let whole = try fitted.encode(table("b\nred\n"))
    #expect(whole.inputs[0].tensor.doubles() == [0, 1, 0, 1, 0] && whole.report == filled.report)
    #expect(
      try encodeByBlocks("size\n2\n", with: fitted, blockByteCount: 100).inputs[0].suffix(3)
        == [0, 0, 1])
  }

  @Test("Values that cannot be used are refused with their line, or count as missing")
  func refusals() throws {
    var options = PreprocessingOptions()
    options.unknown = .error
    var fitted = try Preprocessing(
      fitting: table("x,c,b,y\n1,red,yes,p\n2,blue,no,q\n1,red,yes,q\n"), target: "y",
      options: options)
    func found(_ row: String) throws -> String? {
      let text = "x,c,b,y\n1,red,yes,p\n\(row)\n"
      return message { _ = try encodeByBlocks(text, with: fitted, blockByteCount: 10) }
    }
    #expect(try found("abc,red,no,p") == "line 3: column 'x': expected a number, found 'abc'")
    #expect(
      try found("inf,red,no,p") == "line 3: column 'x': expected a finite number, found 'inf'")
    #expect(
      try found("1e39,red,no,p")
        == "line 3: column 'x': expected a number within ±3.4e38, found '1e39'")
    #expect(
      try found("3.4e38,red,no,p")
        == "line 3: column 'x': expected a number within ±3.4e38, found '3.4e38'")
    #expect(
      try found("1,green,no,p")
        == "line 3: column 'c': unknown category 'green'; known: blue, red")
    #expect(try found("1,red,oui,p") == "line 3: column 'b': expected true or false, found 'oui'")
    #expect(try found("1,red,no,r") == "line 3: column 'y': unknown class 'r'; known: p, q")
    #expect(
      try found("1,red,no,")
        == "line 3: column 'y': the target is missing; fill it in or leave the row out")
    #expect(try found("NaN,,,q") == nil)
    fitted.unknown = .missing
    fitted.unreadable = .missing
    #expect(try found("abc,green,oui,q") == nil)

    options.missing = .error
    fitted = try Preprocessing(
      fitting: table("x,c,b,y\n1,red,yes,p\n2,blue,no,q\n1,red,yes,q\n"), target: "y",
      options: options)
    #expect(try found("NaN,red,no,p") == "line 3: column 'x': a value is missing")
    #expect(try found("1,?,no,p") == "line 3: column 'c': a value is missing")
    #expect(
      message {
        _ = try Preprocessing(
          fitting: table("x,y\n1,p\nNA,q\n"), target: "y", options: options)
      }
        == "line 3: column 'x': a value is missing")
  }

  @Test("What a table itself cannot hold is said with its line")
  func tableFaults() throws {
    #expect(
      try message("x,y\n1,2\ninf,3\n")
        == "line 3: column 'x': expected a finite number, found 'inf'")
    #expect(
      try message("x,y\n1,2\n1e40,3\n")
        == "line 3: column 'x': expected a number within ±3.4e38, found '1e40'")
    var options = TableOptions(kinds: ["x": .number])
    #expect(
      try message("x,y\n1,2\nabc,3\n", options)
        == "line 3: column 'x': expected a number, found 'abc'")
    options.unreadable = .missing
    #expect(try table("x,y\n1,2\nabc,3\n", options).columns[0].shown == ["1.0", "-"])
    options = TableOptions(kinds: ["x": .boolean])
    #expect(
      try message("x,y\n1,2\n5,3\n", options)
        == "line 3: column 'x': expected true or false, found '5'")
    options = TableOptions(kinds: ["z": .boolean])
    #expect(
      try message("x,y\n1,2\n", options) == "column 'z': no such column; the file has: x, y")
    let nearly = (0..<20).map { "\($0),1\n" }.joined()
    #expect(
      try table("x,y\n\(nearly)12a,2\n").notes == [
        "column 'x' is read as a category because 1 of its values is not a number, "
          + "first '12a' in line 22"
      ])
  }

  @Test("A target that cannot be learned is refused")
  func targets() throws {
    func found(_ text: String, _ options: PreprocessingOptions = PreprocessingOptions()) -> String?
    {
      message { _ = try Preprocessing(fitting: table(text), target: "y", options: options) }
    }
    #expect(
      found("x,yy\n1,2\n")
        == "column 'y': the target column is not there; did you mean 'yy'?; the file has: x, yy")
    #expect(
      found("x,y\n1,a\n2,a\n")
        == "column 'y': the target has one class, 'a'; at least two are needed")
    #expect(
      found("x,y\n1,5\n2,5\n")
        == "column 'y': the target has one class, '5'; at least two are needed")
    #expect(
      found("x,y\n1,.5\n2,.5\n")
        == "column 'y': the target is 0.5 in every row; nothing can be learned")
    #expect(
      found("x,y\n1,2\n2,\n")
        == "line 3: column 'y': the target is missing; fill it in or leave the row out")
    #expect(found("x,y\n1,2\n1,3\n") == "no column is left to learn from")
    var options = PreprocessingOptions()
    options.task = .regression
    #expect(
      found("x,y\n1,a\n2,b\n", options)
        == "column 'y': regression needs a target of numbers, found text")
    options.columns["w"] = ColumnOptions()
    #expect(found("x,y\n1,2\n", options) == "column 'w': no such column; the file has: x, y")
  }

  @Test("The target decides between classes and a number")
  func tasks() throws {
    func fitted(_ values: [Double]) throws -> Preprocessing {
      try Preprocessing(
        fitting: Table([
          TableColumn("x", numbers: values.indices.map { Double($0 * $0) }),
          TableColumn("y", numbers: values),
        ]), target: "y")
    }
    let digits = try fitted((0..<100).map { Double(($0 * 7) % 12) })
    guard case .classes(let classes) = digits.target else { return #expect(Bool(false)) }
    #expect(classes.classes == (0..<12).map(String.init))
    #expect(try fitted((0..<100).map { Double($0 % 21) }).target.task == .regression)
    #expect(try fitted((0..<40).map { Double($0 % 12) }).target.task == .regression)
    #expect(try fitted([0, 1, 0]).target.task == .classification)
    #expect(try fitted((0..<100).map { Double($0 % 4) / 2 }).target.task == .regression)
  }

  @Test("Rare categories are folded into one, and constant and empty columns are left out")
  func folding() throws {
    var options = PreprocessingOptions()
    options.maximumCategories = 2
    options.unknown = .error
    let table = Table([
      TableColumn("c", categories: ["b", "a", "b", "a", "r", "s", "b"]),
      TableColumn("constant", numbers: [1, 1, 1, 1, 1, 1, 1]),
      TableColumn("empty", numbers: Array(repeating: .nan, count: 7)),
      TableColumn("same", categories: Array(repeating: "x", count: 7)),
      TableColumn("flagged", numbers: [1, 1, .nan, 1, 1, 1, 1]),
      TableColumn("y", numbers: [0.5, 1, 2, 3, 4, 5, 6]),
    ])
    let fitted = try Preprocessing(fitting: table, target: "y", options: options)
    #expect(
      fitted.inputs[0].elements == ["c = a", "c = b", "c other", "flagged", "flagged missing"])
    #expect(fitted.ignored.map(\.reason) == [.constant, .empty, .constant])
    let rows = try fitted.encode(table, rows: [4, 2]).inputs[0].tensor.doubles()
    #expect(rows == [0, 0, 1, 0, 0, 0, 1, 0, 0, 1])
    // What was folded cannot be told from what was never seen: neither is refused.
    let new = Table([
      TableColumn("c", categories: ["new"]), TableColumn("flagged", numbers: [1]),
    ])
    #expect(try fitted.encode(new).report.columns["c"]?.unknown == 1)
  }

  @Test("Rows that are counted and filled by median or constant are as documented")
  func filling() throws {
    var options = PreprocessingOptions()
    options.scaling = .none
    options.columns["a"] = ColumnOptions(missing: .median)
    options.columns["b"] = ColumnOptions(missing: .constant(-7))
    let table = Table([
      TableColumn("a", numbers: [1, 10, 2, .nan]), TableColumn("b", numbers: [1, .nan, 2, 3]),
      TableColumn("t", booleans: [true, nil, true, false]),
      TableColumn("y", numbers: [0.5, 1, 2, 3]),
    ])
    let fitted = try Preprocessing(fitting: table, target: "y", options: options)
    let rows = try fitted.encode(table).inputs[0].tensor
    #expect(rows.rows(1..<2).elements(as: Float.self) == [10, 0, -7, 1, Float(2.0 / 3), 1])
    #expect(rows.rows(3..<4).elements(as: Float.self) == [2, 1, 3, 0, 0, 0])
    var counted = PreprocessingOptions()
    let counting = Table([
      TableColumn("n", numbers: (0..<30).map(Double.init)),
      TableColumn("x", numbers: (0..<30).map { Double($0 % 7) }),
      TableColumn("y", numbers: (0..<30).map { Double($0) / 3 }),
    ])
    #expect(try Preprocessing(fitting: counting, target: "y").ignored.map(\.reason) == [.rowNumber])
    counted.columns["n"] = ColumnOptions(isUsed: true)
    #expect(try Preprocessing(fitting: counting, target: "y", options: counted).ignored.isEmpty)
  }

  @Test("A preprocessing and its options survive JSON, which is the same every time")
  func coding() throws {
    var options = PreprocessingOptions()
    options.columns["shop"] = ColumnOptions(
      kind: .category, missing: .constant(0.1), encoding: .embedding(3))
    options.columns["colour"] = ColumnOptions(isUsed: true)
    let fitted = try Preprocessing(
      fitting: table(mixedTable(rows: 0..<50)), target: "price", options: options)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    let bytes = try encoder.encode(fitted)
    let copy = try JSONDecoder().decode(Preprocessing.self, from: bytes)
    #expect(copy == fitted)
    #expect(try encoder.encode(copy) == bytes)
    #expect(
      try JSONDecoder().decode(
        PreprocessingOptions.self, from: encoder.encode(options)) == options)
    for text in ["constant:x", "constant:inf", "embedding:0", "embedding:", "zero"] {
      #expect(FillPolicy(rawValue: text) == nil && CategoryEncoding(rawValue: text) == nil)
    }
  }
}
