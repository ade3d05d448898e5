import Foundation
import Layers

extension PositionalEmbedding: ONNXWritable {
  /// Add of as many rows of the table as there are steps.
  func write(to writer: ONNXLayerWriter) -> ONNXValue {
    let x = writer.input()
    var table = writer.parameter("kernel")
    if let steps = writer.inputExtents[0][0] {
      if steps < length { table = writer.slice(table, from: [0], to: [steps], axes: [0]) }
    } else {
      let graph = writer.graph
      table = writer.add(
        "Slice",
        [
          table, graph.integers([0]), writer.extents(of: x, 1..<2), graph.integers([0]),
          graph.integers([1]),
        ])
    }
    return ONNXValue(last: writer.add("Add", [x, table]))
  }
}

extension PositionalEncoding: ONNXWritable {
  /// The most numbers of the table: a file may claim any number of steps.
  private static let mostWaves = 1 << 20

  /// Add of a table of waves; where the number of steps is free or large they are computed, in 64 bits,
  /// for angles are large.
  func write(to writer: ONNXLayerWriter) throws -> ONNXValue {
    let features = writer.outputChannels
    guard features <= Self.mostWaves else {
      throw writer.error("expected at most \(Self.mostWaves) features, found \(features)")
    }
    // cos a = sin(a + π/2).
    let frequencies = (0..<features).map { pow(base, -Double($0 / 2 * 2) / Double(features)) }
    let x = writer.input()
    if let steps = writer.inputExtents[0][0], steps <= Self.mostWaves / features {
      let waves = (0..<steps).flatMap { step in
        frequencies.enumerated().map { place, frequency in
          let angle = Double(step) * frequency
          return Float(place % 2 == 0 ? sin(angle) : cos(angle))
        }
      }
      return ONNXValue(
        last: writer.add("Add", [x, writer.graph.numbers(waves, shape: [steps, features])]))
    }
    let graph = writer.graph
    let steps = writer.unsqueeze(
      writer.cast(writer.places(of: x, axis: 1), to: .float64), axes: 1)
    let angles = writer.add("Mul", [steps, graph.doubles(frequencies, shape: [features])])
    let phases = (0..<features).map { $0 % 2 == 0 ? 0 : Double.pi / 2 }
    let shifted = writer.add("Add", [angles, graph.doubles(phases, shape: [features])])
    return ONNXValue(
      last: writer.add("Add", [x, writer.cast(writer.add("Sin", [shifted]), to: .float32)]))
  }
}
