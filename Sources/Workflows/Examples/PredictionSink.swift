import Datasets
import Foundation
import Formats
import Kernels
import ModelFiles
import Tensors
import Training

/// Where predictions go while they are made.
enum PredictionSink {
  /// Lines of text.
  case text(ByteSink)
  /// Numbers, without names.
  case arrays(ArraySink)

  /// Whether what is predicted is to be printed.
  var isText: Bool { if case .text = self { true } else { false } }

  /// Writes what stands before all lines.
  func begin(_ header: [UInt8]) throws {
    if case .text(let sink) = self { try sink.write(header) }
  }

  /// Takes the next rows, in order.
  ///
  /// - Parameters:
  ///   - text: the printed rows, where they are wanted.
  ///   - predictions: float32 `[rows, …]`, those of all outputs beside each other.
  func take(_ text: TextBuffer, _ predictions: TensorView) throws {
    switch self {
    case .text(let sink): try sink.write(text)
    case .arrays(let sink): try sink.append(predictions)
    }
  }
}

/// Takes predictions as arrays, one for each output, numbers in the unit of their target.
final class ArraySink {
  private let outputs: [PredictedOutput]
  private let writers: [NumPyWriter]
  /// The rows of one output alone.
  private var part: Tensor?

  init(_ outputs: [PredictedOutput], _ writers: [NumPyWriter]) {
    self.outputs = outputs
    self.writers = writers
  }

  func append(_ predictions: TensorView) throws {
    let rows = predictions.rows
    var column = 0
    for (output, writer) in zip(outputs, writers) {
      defer { column += output.width }
      let shape = output.shape.prepending(rows)
      if outputs.count == 1, output.target == nil {
        try writer.append(predictions.reshaped(to: shape))
        continue
      }
      if part.map({ $0.count < shape.count }) ?? true { part = Tensor(zeros: [shape.count]) }
      let width = output.width
      try part?.withMutableView { memory in
        let view = memory.part(at: 0, shape: shape)
        for row in 0..<rows {
          for place in 0..<width {
            let value = predictions.element(
              row * predictions.rowCount + column + place, as: Float.self)
            view.setElement(
              row * width + place, to: output.target?.value(ofOutput: value) ?? value)
          }
        }
        try writer.append(view)
      }
    }
  }
}

/// What becomes of predictions in the end: lines of text, or arrays of NumPy where the name of the file
/// says so.
struct PredictionPlace {
  /// The file; standard output when nil or "-".
  private let output: String?
  private let form: Form

  private enum Form { case text, array, archive }

  /// The place of a name.
  ///
  /// - Throws: `OptionError` when arrays are asked for and cannot be.
  init(_ options: Prediction.Options) throws {
    output = options.output
    let name = output?.lowercased() ?? ""
    form = name.hasSuffix(".npy") ? .array : name.hasSuffix(".npz") ? .archive : .text
    guard form != .text, let output else { return }
    let flags = [
      ("--json", options.format != .csv), ("--keep", !options.keep.isEmpty),
      ("--no-probabilities", !options.includesProbabilities),
    ]
    for (flag, isGiven) in flags where isGiven {
      throw OptionError(flag, expected: "a file of text", found: "'\(output)'")
    }
  }

  /// Lets a closure write to the place, which is replaced as a whole or not at all.
  ///
  /// - Parameters:
  ///   - outputs: what the model gives.
  ///   - inputs: files that are read meanwhile.
  func write(
    _ outputs: [PredictedOutput], reading inputs: [String], _ body: (PredictionSink) throws -> Void
  ) throws {
    guard let output, output != "-" else { return try body(.text(.standardOutput)) }
    if form == .text, ReplacingFile.isStream(output) {
      let sink = try ByteSink(openingStream: output)
      try body(.text(sink))
      return try sink.close()
    }
    guard form != .array || outputs.count == 1 else {
      throw OptionError(
        "--output", expected: "an archive (.npz) for the \(outputs.count) outputs of the model",
        found: "'\(output)'")
    }
    try OutputPlace.check(output, reading: inputs)
    try ReplacingFile.write(to: output) { temporary in
      switch form {
      case .text:
        let sink = try ByteSink(creating: temporary, named: output)
        try body(.text(sink))
        try sink.close()
      case .array:
        let writer = try NumPyWriter(creating: temporary, row: outputs[0].shape, named: output)
        try body(.arrays(ArraySink(outputs, [writer])))
        try writer.finish()
      case .archive:
        let writers = try outputs.enumerated().map { index, part in
          try NumPyWriter(beside: "\(temporary).\(index)", row: part.shape, named: output)
        }
        try body(.arrays(ArraySink(outputs, writers)))
        let archive = try ZipWriter(creating: temporary, named: output)
        for (part, writer) in zip(outputs, writers) {
          try writer.finish()
          try archive.add(NumPyFile.member(ofArray: part.name), writer.bytes())
        }
        try archive.close()
      }
    }
  }
}
