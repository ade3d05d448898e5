import Foundation
import Tensors
import Testing

@testable import Datasets

/// Columns that become inputs with axes: blocks of numbers, sequences and texts.
@Suite("Blocks, sequences and texts")
struct SeriesTests {
  static func options(_ change: (inout PreprocessingOptions) -> Void) -> PreprocessingOptions {
    var options = PreprocessingOptions()
    options.scaling = .none
    change(&options)
    return options
  }

  static let text = """
    p0,p1,p2,p3,signal,note,size,label
    0,0,4,8,1 2 3,The cat sat,1,a
    0,0,NA,4,4;5,the DOG; the cat,2,b
    0,0,8,0,,"a, cat",4,a
    0,0,0,0,7,NA,8,b

    """

  static func fitted(
    _ change: (inout PreprocessingOptions) -> Void = { _ in }
  ) throws -> (preprocessing: Preprocessing, table: Table) {
    let options = options { options in
      options.columns["signal"] = ColumnOptions(kind: .sequence)
      options.columns["note"] = ColumnOptions(kind: .text)
      options.blocks = [BlockOptions("image", columns: ["p0..p3"], shape: [2, 2, 1])]
      change(&options)
    }
    let table = try table(text, TableOptions(kinds: ["signal": .sequence, "note": .text]))
    return (try Preprocessing(fitting: table, target: "label", options: options), table)
  }

  @Test("Inputs are features, then blocks, then columns of their own, with their shapes")
  func inputs() throws {
    let (fitted, table) = try SeriesTests.fitted { $0.columns["signal"]?.series.hasMask = true }
    #expect(fitted.inputs.map(\.name) == ["features", "image", "signal", "signal_mask", "note"])
    #expect(
      fitted.inputs.map(\.shape) == [[1], [2, 2, 1], [3, 1], [3], [4]] as [Shape])
    let encoded = try fitted.encode(table)
    #expect(
      encoded.inputs.map(\.tensor.shape.dimensions)
        == [[4, 1], [4, 2, 2, 1], [4, 3, 1], [4, 3], [4, 4]])
    // The missing pixel is the mean of all pixels that are there: 24 / 15.
    let mean = Float(24.0 / 15)
    #expect(
      encoded.inputs[1].tensor.elements(as: Float.self)
        == [0, 0, 4, 8, 0, 0, mean, 4, 0, 0, 8, 0, 0, 0, 0, 0])
    #expect(
      encoded.inputs[2].tensor.elements(as: Float.self) == [1, 2, 3, 4, 5, 0, 0, 0, 0, 7, 0, 0])
    #expect(
      encoded.inputs[3].tensor.elements(as: Float.self) == [1, 1, 1, 1, 1, 0, 0, 0, 0, 1, 0, 0])
    // cat 3, the 3, then a, dog and sat once each.
    #expect(
      encoded.inputs[4].tensor.elements(as: Int32.self)
        == [3, 2, 6, 0, 3, 5, 3, 2, 4, 2, 0, 0, 0, 0, 0, 0])
  }

  @Test("Rows are cut and filled up at the end that is asked for, and cut ones are counted")
  func ends() throws {
    for (padding, truncation, expected) in [
      (SequenceEnd.end, SequenceEnd.end, [1, 2, 4, 5, 0, 0, 7, 0] as [Float]),
      (.start, .start, [2, 3, 4, 5, 0, 0, 0, 7]),
    ] {
      let (fitted, table) = try SeriesTests.fitted { options in
        options.columns["signal"]?.series.length = 2
        options.columns["signal"]?.series.padding = padding
        options.columns["signal"]?.series.truncation = truncation
      }
      let encoded = try fitted.encode(table)
      #expect(encoded.inputs[2].tensor.elements(as: Float.self) == expected)
      #expect(
        encoded.report.lines.contains {
          $0.hasPrefix("column 'signal'") && $0.contains("1 longer than the input; cut")
        })
    }
  }

  @Test("Characters, upper case and small vocabularies are as asked")
  func vocabularies() throws {
    let (fitted, table) = try SeriesTests.fitted { options in
      options.columns["note"]?.series.unit = .characters
      options.columns["note"]?.series.lowercases = false
      options.columns["note"]?.series.length = 5
      options.columns["note"]?.series.vocabularyLimit = 3
    }
    guard case .text(let text) = fitted.features.first(where: { $0.name == "note" })?.transform
    else {
      Issue.record("no text")
      return
    }
    // Six blanks, six t and five a; T is another character.
    #expect(text.vocabulary == [" ", "t", "a"])
    let codes = try fitted.encode(table).inputs[3].tensor.elements(as: Int32.self)
    #expect(codes[..<5] == [1, 1, 1, 2, 1])
    #expect(codes[10..<15] == [4, 1, 2, 1, 4])
  }

  @Test("A file that is read in blocks gives what the table gives, whatever the separators")
  func streaming() throws {
    for scaling in Scaling.allCases {
      let (fitted, table) = try SeriesTests.fitted { options in
        options.scaling = scaling
        options.columns["signal"]?.series.hasMask = true
      }
      let whole = try fitted.encode(table)
      for size in [33, 1 << 16] {
        let found = try encodeByBlocks(SeriesTests.text, with: fitted, blockByteCount: size)
        #expect(found.inputs == whole.inputs.map { $0.tensor.doubles() })
        #expect(found.report.columns == whole.report.columns)
      }
    }
  }

  @Test("A comma is part of a number where it stands before fractions, else it parts numbers")
  func commas() throws {
    #expect(SequenceTransform.numbers("1,5 2", decimal: UInt8(ascii: ".")).numbers == [1, 5, 2])
    #expect(SequenceTransform.numbers("1,5;2", decimal: UInt8(ascii: ",")).numbers == [1.5, 2])
    #expect(SequenceTransform.numbers("1 x 2", decimal: UInt8(ascii: ".")).wrong == "x")
  }

  @Test("What is no sequence is refused with its line, or has no steps where asked")
  func faults() throws {
    let options = SeriesTests.options { options in
      options.columns["s"] = ColumnOptions(kind: .sequence)
    }
    let kinds = TableOptions(kinds: ["s": .sequence])
    let broken = try table("s,y\n1 2,0\n3 four,1\n", kinds)
    #expect(
      message { _ = try Preprocessing(fitting: broken, target: "y", options: options) }
        == "line 3: column 's': expected a number, found 'four'")
    var pairs = options
    pairs.columns["s"]?.series.channels = 2
    let odd = try table("s,y\n1 2,0\n3 4 5,1\n", kinds)
    #expect(
      message { _ = try Preprocessing(fitting: odd, target: "y", options: pairs) }
        == "line 3: column 's': expected steps of 2 numbers each, found 3 numbers")
    pairs.unreadable = .missing
    let fitted = try Preprocessing(fitting: odd, target: "y", options: pairs)
    #expect(try fitted.encode(odd).inputs[0].tensor.doubles() == [1, 2, 0, 0])
    let empty = try table("s,y\n,0\n,1\n", kinds)
    #expect(
      message { _ = try Preprocessing(fitting: empty, target: "y", options: options) }
        == "column 's': no training row has anything in it")
  }

  @Test("Blocks that cannot be are refused")
  func blockFaults() throws {
    let table = try table("a,b,c,y\n1,2,3,0\n2,3,4,1\n4,4,x,0\n")
    func found(_ blocks: BlockOptions...) -> String? {
      let options = SeriesTests.options { $0.blocks = blocks }
      return message { _ = try Preprocessing(fitting: table, target: "y", options: options) }
    }
    #expect(
      found(BlockOptions("i", columns: ["a..b"], shape: [3]))
        == "column 'i': expected as many columns as an input of 3 has elements, found 2")
    #expect(
      found(BlockOptions("i", columns: ["b..a"]))
        == "column 'a': expected a range that ends behind its start, found 'b' first")
    #expect(
      found(BlockOptions("i", columns: ["a", "d"]))
        == "column 'd': no such column; the file has: a, b, c, y")
    #expect(
      found(BlockOptions("i", columns: ["a", "a"])) == "column 'a': the column is used twice")
    #expect(
      found(BlockOptions("i", columns: ["a"]), BlockOptions("j", columns: ["a..b"]))
        == "column 'a': the column is used twice")
    #expect(
      found(BlockOptions("i", columns: ["a..y"]))
        == "line 4: column 'c': expected a number, found 'x'")
    #expect(
      found(BlockOptions("features", columns: ["a"]))
        == "column 'features': two inputs of the network would have this name; choose another")
  }

  @Test("A preprocessing with axes survives JSON")
  func coding() throws {
    let (fitted, _) = try SeriesTests.fitted { $0.columns["signal"]?.series.hasMask = true }
    let data = try JSONEncoder().encode(fitted)
    #expect(try JSONDecoder().decode(Preprocessing.self, from: data) == fitted)
    // A block that does not fill its shape is not taken over.
    let text = String(decoding: data, as: UTF8.self)
    #expect(text.contains("\"p3\""))
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(
        Preprocessing.self, from: Data(text.replacing(",\"p3\"", with: "").utf8))
    }
  }
}
