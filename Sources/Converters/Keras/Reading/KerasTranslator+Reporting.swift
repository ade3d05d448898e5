import Formats

// What becomes of the options of a layer that nobody has taken.

extension KerasTranslator {
  /// Options that say what is known otherwise.
  private static let known: Set<String> = [
    "name", "trainable", "batch_input_shape", "batch_shape", "input_shape", "input_dim",
    "input_length", "input_dtype", "build_config",
  ]

  /// Options that have no influence on what the network computes.
  private static let harmless: Set<String> = [
    "seed", "implementation", "unroll", "consume_less", "autocast", "synchronized", "sparse",
    "ragged", "optional", "lora_rank", "lora_alpha", "activity_regularizer_config",
    "virtual_batch_size", "adjustment", "flash_attention", "fused",
  ]

  /// Reports what is left of a layer's options.
  ///
  /// - Throws: ``ConversionError`` for one that changes what the layer computes.
  func report(_ options: KerasOptions) throws {
    for (name, value) in options.rest where !KerasTranslator.known.contains(name) {
      let subject = "\(options.subject) \(name)"
      switch name {
      case "dtype":
        let policy =
          value.text ?? value["config"]?["name"]?.text ?? value["config"]?.text ?? "\(value)"
        if policy != "float32" {
          log.change(subject, "computes in float32, not \(policy)")
        }
      case "quantization_config":
        throw options.error("\(name): layers of quantised numbers are not read")
      case _ where name.hasSuffix("_constraint"):
        try loseInTraining(subject, "constraints have no counterpart")
      case _ where name.hasSuffix("_regularizer"):
        try loseInTraining(subject, "of penalties those on kernels and tables alone are known")
      case _ where value.bool == false || value.list?.isEmpty == true:
        continue
      case _ where KerasTranslator.harmless.contains(name):
        log.ignore(subject, "does not change what the layer computes")
      default:
        log.ignore(subject, "is not known here, and was left out: \(value)")
      }
    }
  }

  /// Takes the penalty on a parameter.
  func takePenalty(
    _ names: [String], on parameter: String, of value: KerasValue, _ use: KerasUse
  ) throws {
    guard let json = use.options.take(names), use.isFirst else { return }
    let config = json["config"] ?? json
    let kind = json["class_name"]?.text ?? json.text ?? json["name"]?.text ?? ""
    func number(_ keys: String...) -> Double {
      keys.lazy.compactMap { config[$0]?.number }.first ?? 0
    }
    let penalty: KerasPenalty
    switch kind {
    case "L1", "l1": penalty = KerasPenalty(l1: number("l1"), l2: 0)
    case "L2", "l2": penalty = KerasPenalty(l1: 0, l2: number("l2"))
    case "L1L2", "l1_l2", "WeightRegularizer":
      penalty = KerasPenalty(l1: number("l1"), l2: number("l2"))
    default:
      try loseInTraining("\(use.options.subject) \(names[0])", "'\(kind)' has no counterpart")
      return
    }
    if penalty.l1 != 0 || penalty.l2 != 0 { penalize("\(value.name)/\(parameter)", penalty) }
  }
}
