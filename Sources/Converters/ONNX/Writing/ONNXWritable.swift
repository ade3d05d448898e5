import Layers

/// A layer that can be written in operators of ONNX.
///
/// To let a layer be written, add its conformance to the file of its family: a layer without one is
/// refused by name, and a test fails for it.
protocol ONNXWritable: Layer {
  /// Adds the operators that compute the layer's output for inference.
  ///
  /// - Throws: `ConversionError` where an option has no counterpart.
  func write(to writer: ONNXLayerWriter) throws -> ONNXValue
}

/// A value of the network in the graph, by its names there.
///
/// The network has channels last, and what has a window in ONNX has them first. A value is turned when
/// it is first wanted the other way, so that a chain of convolutions is turned at its ends only.
struct ONNXValue {
  /// Its name as the network has it, channels last.
  var last: String?
  /// Its name with the channels as the first axis behind the batch.
  var first: String?

  /// A value with the channels last.
  init(last: String) { self.last = last }

  /// A value with the channels first.
  init(first: String) { self.first = first }
}
