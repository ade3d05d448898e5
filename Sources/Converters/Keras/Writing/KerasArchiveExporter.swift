import Formats
import Foundation
import ModelFiles

/// Writes `.keras` archives as Keras 3 does: the configuration, and the weights under the paths of
/// attributes.
///
/// The same model gives the same bytes: the date in `metadata.json` is that of all members.
package enum KerasArchiveExporter: ModelExporter {
  package static let kind = FileKind.keras

  package static func write(
    _ model: Model, to path: String, log: inout ConversionLog
  ) throws {
    let written = try WrittenKerasModel(model, log: &log)
    var configuration = written.configuration
    if let training = written.training {
      configuration.append(
        .init(
          "compile_config",
          .object([.init("optimizer", training.optimizer)] + training.compile)))
    }
    let metadata: WrittenKerasValue = [
      "keras_version": .text(WrittenKerasModel.version), "date_saved": "1980-01-01@00:00:00",
    ]
    let store = weights(written, log: &log)
    try ReplacingFile.write(to: path) { temporary in
      let weights = temporary + ".weights"
      defer { try? FileManager.default.removeItem(atPath: weights) }
      try store.write(to: weights)
      let archive = try ZipWriter(creating: temporary, named: path)
      try archive.add("metadata.json", FileBytes(Array(metadata.json.utf8), file: path))
      try archive.add(
        "config.json",
        FileBytes(Array(WrittenKerasValue.object(configuration).json.utf8), file: path))
      try archive.add("model.weights.h5", FileBytes(path: weights))
      try archive.close()
    }
  }

  /// The weights under `layers/<class>[_<number>]/…/vars/<number>`, and the optimizer's.
  private static func weights(
    _ model: WrittenKerasModel, log: inout ConversionLog
  ) -> WrittenKerasStore {
    let store = WrittenKerasStore()
    var counts: [String: Int] = [:]
    // The input of a chain is no layer of it, but has no weights either.
    for layer in model.weightedLayers {
      let name = snakeCase(layer.className)
      let count = counts[name, default: 0]
      counts[name] = count + 1
      let place = "layers/\(count == 0 ? name : "\(name)_\(count)")"
      store.store(at: "\(place)/vars").add("name", .text(layer.name))
      var numbers: [String: Int] = [:]
      for variable in layer.variables {
        let holder = variable.holder.isEmpty ? place : "\(place)/\(variable.holder)"
        let path = "\(holder)/vars/\(numbers[holder, default: 0])"
        numbers[holder, default: 0] += 1
        store.insert(model.numbers.values(of: variable), at: path)
        for parameter in variable.parameterPaths { log.map("weights \(parameter)", to: path) }
      }
    }
    for (index, variable) in (model.training?.variables ?? []).enumerated() {
      store.insert(variable.array, at: "optimizer/vars/\(index)")
    }
    return store
  }

  /// A name of a class as Keras makes it one of an attribute: `Conv2D` is `conv2d`, `PReLU` `p_re_lu`.
  static func snakeCase(_ name: String) -> String {
    let letters = Array(name)
    var result = ""
    for (index, letter) in letters.enumerated() {
      let before = index > 0 ? letters[index - 1] : nil
      let next = index + 1 < letters.count ? letters[index + 1] : nil
      // A word begins at a capital that a small letter follows, or that follows a small letter.
      if letter.isUppercase, let before,
        next.map({ $0.isLowercase }) ?? false || before.isLowercase
      {
        result += "_"
      }
      result += letter.lowercased()
    }
    return result
  }
}
