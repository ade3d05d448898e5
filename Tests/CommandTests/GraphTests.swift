import Foundation
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

@Suite("Graphs of networks")
struct GraphTests {
  private func tool() throws -> (tool: Tool, model: String) {
    let model = fixtures.appendingPathComponent("models/shared.h5").path
    return (try Tool(), model)
  }

  @Test func aPictureIsWellFormedAndHoldsEveryLayer() throws {
    let (tool, model) = try tool()
    let outcome = try tool.run("inspect", model, "--graph", "svg")
    #expect(outcome.status == 0)
    let reader = PictureReader()
    let parser = XMLParser(data: Data(outcome.output.utf8))
    parser.delegate = reader
    #expect(parser.parse())
    let layers = try tool.run("inspect", model, "--json").json()["layers"] as? [[String: Any]] ?? []
    #expect(!layers.isEmpty)
    for layer in layers {
      #expect(reader.names.contains(layer["name"] as? String ?? ""))
    }
    #expect(reader.edges > layers.count / 2)
    // Nothing is fetched from anywhere.
    #expect(!outcome.output.contains("href") && !outcome.output.contains("url("))
    for (index, box) in reader.boxes.enumerated() {
      #expect(
        reader.boxes[..<index].allSatisfy { !$0.insetBy(dx: 1, dy: 1).intersects(box) },
        "boxes lie over each other")
    }
  }

  @Test func theOtherFormsHoldEveryLayerToo() throws {
    let (tool, model) = try tool()
    let layers = try tool.run("inspect", model, "--json").json()["layers"] as? [[String: Any]] ?? []
    for form in ["text", "dot"] {
      let outcome = try tool.run("inspect", model, "--graph", form)
      #expect(outcome.status == 0)
      for layer in layers { #expect(outcome.output.contains(layer["name"] as? String ?? "?")) }
    }
    #expect(try tool.run("inspect", model, "--graph", "png").status == 64)
  }
}

/// Reads boxes, lines and names of a picture.
private final class PictureReader: NSObject, XMLParserDelegate {
  var names: Set<String> = []
  var boxes: [CGRect] = []
  var edges = 0
  private var isName = false

  func parser(
    _ parser: XMLParser, didStartElement element: String, namespaceURI: String?,
    qualifiedName: String?, attributes: [String: String]
  ) {
    isName = attributes["class"] == "name"
    if attributes["class"] == "edge" { edges += 1 }
    guard element == "rect", let x = attributes["x"].flatMap(Double.init),
      let y = attributes["y"].flatMap(Double.init),
      let width = attributes["width"].flatMap(Double.init),
      let height = attributes["height"].flatMap(Double.init)
    else { return }
    boxes.append(CGRect(x: x, y: y, width: width, height: height))
  }

  func parser(_ parser: XMLParser, foundCharacters text: String) {
    if isName { names.insert(text) }
  }

  func parser(
    _ parser: XMLParser, didEndElement element: String, namespaceURI: String?,
    qualifiedName: String?
  ) { isName = false }
}
