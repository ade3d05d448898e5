import Foundation
import HDF5
import Layers
import Networks
import Testing
import Training

@testable import ModelFiles

/// The published pages say what the golden files have.
@Suite struct FormatPageTests {
  private func page(_ name: String) throws -> String {
    let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../Sources/ModelFiles/ModelFiles.docc/\(name).md")
    return try String(contentsOf: path, encoding: .utf8)
  }

  private func grouped(_ number: Int) -> String {
    number < 1000 ? "\(number)" : "\(number / 1000),\(String(1000 + number % 1000).dropFirst())"
  }

  @Test("The worked example is the golden file, byte for byte")
  func example() throws {
    let page = try page("Format")
    let path = GoldenFiles.path("untrained")
    let bytes = try contents(of: path)
    let file = try NativeFile(reading: path)
    let index = try #require(try ModelIndex(in: file.root))
    #expect(!index.rows.isEmpty)
    for row in index.rows {
      let shape = "[" + row.shape.map(String.init).joined(separator: ", ") + "]"
      let line =
        "| `\(row.path)` | \(row.type) \(shape) | \(grouped(row.offset)) | "
        + "\(grouped(row.byteCount)) | `\(row.digest.hexadecimal.prefix(16))…` |"
      #expect(page.contains(line), "\(line)")
    }
    for identity in [index.identity, index.weightsIdentity] {
      #expect(page.contains("`\(identity)`"))
    }
    func hexadecimal(_ range: Range<Int>) -> String {
      bytes[range].map { [$0].hexadecimal }.joined(separator: " ")
    }
    // The superblock, line by line.
    for range in [0..<8, 8..<12, 12..<20, 20..<28, 28..<36, 36..<44, 44..<48] {
      #expect(page.contains("    \(hexadecimal(range))  "), "\(hexadecimal(range))")
    }
    #expect(page.contains("has \(grouped(bytes.count)) bytes"))
    let kernel = try file.root.dataset(at: "weights/dense_2/kernel")
    #expect(page.contains("`\(hexadecimal(kernel.range))`"))
    for word in ["model", "provenance", "weights", "index"] {
      #expect(file.root.childNames.contains(word))
    }
  }

  @Test("Every kind, option and slot that a file can name is on the page")
  func names() throws {
    let page = try page("FormatTexts")
    let kinds =
      OptimizerCatalog.standard.names + LossCatalog.standard.names + ScheduleCatalog.standard.names
      + ActivationFunction.allCases.map(\.rawValue)
      + OptimizerCatalog.standard.entries.flatMap { $0.defaults.slots }
    for kind in kinds + LayerCatalog.standard.names {
      #expect(page.contains("`\(kind)`"), "\(kind)")
    }
  }
}
