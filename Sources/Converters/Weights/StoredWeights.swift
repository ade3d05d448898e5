import Formats

/// The tensors of a file of weights by name, without a network that they would belong to.
package struct StoredWeights {
  /// The tensors in the order of the file; numbers are read when they are asked for.
  package let tensors: [Formats.StoredTensor]
  /// What else was met.
  package let entries: [String]

  /// Reads the tensors of a file; of safetensors and PyTorch headers alone.
  ///
  /// - Returns: nil for a kind that holds more than weights by name.
  /// - Throws: ``ConversionError``, or the error of the format.
  package init?(ofFile path: String, kind: FileKind) throws {
    var log = ConversionLog(file: path, allowsLoss: true)
    switch kind {
    case .safetensors: tensors = try SafetensorsConverter.tensors(of: path, log: &log)
    case .npz: tensors = try NumPyConverter.tensors(of: path, log: &log)
    case .pyTorch: tensors = try TorchCheckpoint(path: path, log: &log).tensors
    default: return nil
    }
    entries = log.entries.map { "\($0.subject): \($0.note)" }
  }
}
