import Formats
import Layers
import ModelFiles
import Training

/// How a file says that its model is trained: what it was compiled with.
struct KerasCompilation {
  private let json: KerasJSON

  /// The compilation of a file; nil where it was not compiled, or does not say so.
  init?(_ file: KerasFile) {
    guard let json = file.training ?? file.configuration?["compile_config"],
      json["loss"] != nil
    else { return nil }
    self.json = json
  }

  /// The optimizer.
  var optimizer: KerasJSON? { json["optimizer_config"] ?? json["optimizer"] }

  /// The losses of outputs in their order.
  ///
  /// - Parameter outputs: the names of the layers that give them.
  /// - Returns: nil where one of them has none.
  func losses(of outputs: [String]) -> [KerasJSON]? {
    guard let loss = json["loss"] else { return nil }
    let all: [KerasJSON?]
    if let items = loss.list {
      all = items.map { $0 == .null ? nil : $0 }
    } else if let object = loss.object, loss["class_name"] == nil {
      all = outputs.map { loss[$0] }
      guard Set(object.names).isSubset(of: outputs) else { return nil }
    } else {
      all = outputs.map { _ in loss }
    }
    let known = all.compactMap { $0 }
    return known.count == outputs.count ? known : nil
  }

  /// What the losses of outputs count.
  func weights(of outputs: [String]) -> [Double] {
    guard let weights = json["loss_weights"] else { return outputs.map { _ in 1 } }
    if let items = weights.list, items.count == outputs.count {
      return items.map { $0.number ?? 1 }
    }
    return outputs.map { weights[$0]?.number ?? 1 }
  }

  /// Reports what is measured besides the loss.
  func reportMeasures(_ log: inout ConversionLog) {
    for name in ["metrics", "weighted_metrics"] {
      guard let value = json[name], value.list?.isEmpty != true, value.object?.names.isEmpty != true
      else { continue }
      log.ignore(name, "what is measured follows from the task: \(KerasCompilation.words(value))")
    }
    for name in ["run_eagerly", "steps_per_execution", "jit_compile", "sample_weight_mode"] {
      guard let value = json[name], value.bool == nil || value.bool == true, value.integer != 1,
        value.text != "auto"
      else { continue }
      log.ignore(name, "says how Keras runs, not what it computes")
    }
  }

  private static func words(_ value: KerasJSON) -> String {
    if let items = value.list { return items.map(words).joined(separator: ", ") }
    if let text = value.text { return text }
    if let config = value["config"] { return config["name"]?.text ?? config.text ?? "\(value)" }
    return (value.object?.names ?? []).map { "\($0): \(words(value[$0] ?? .null))" }
      .joined(separator: ", ")
  }
}

/// A loss of Keras and what it is here.
struct KerasLoss {
  let loss: any Loss
  /// The function that must make probabilities of the output, where the loss is one of probabilities.
  let function: ActivationFunction?
  /// Whether the loss takes what comes before that function.
  let takesLogits: Bool
  /// What the file does not say of the loss.
  private(set) var gap: String?

  /// The loss that a file describes.
  ///
  /// - Throws: ``KerasLossError`` for one that has no counterpart.
  init(_ json: KerasJSON) throws(KerasLossError) {
    var name = json.text ?? json["class_name"]?.text ?? "\(json)"
    let config = json["config"]
    if name == "function", let function = config?.text { name = function }
    if name == "LossFunctionWrapper", let function = config?["fn"]?.text { name = function }
    func lack(_ what: String) -> KerasLossError {
      KerasLossError(problem: "\(what) of '\(name.prefix(80))' has no counterpart")
    }
    if let reduction = config?["reduction"]?.text,
      !["auto", "sum_over_batch_size", "mean"].contains(reduction)
    {
      throw lack("the reduction '\(reduction.prefix(80))'")
    }
    if let axis = config?["axis"]?.integer, axis != -1 { throw lack("the axis \(axis)") }
    if config?["ignore_class"] != nil { throw lack("a class that is passed over") }
    let smoothing = config?["label_smoothing"]?.number ?? 0
    takesLogits = config?["from_logits"]?.bool ?? false
    switch name.lowercased().filter({ $0 != "_" }) {
    case "categoricalcrossentropy", "sparsecategoricalcrossentropy":
      (loss, function) = (CrossEntropy(labelSmoothing: smoothing), .softmax)
    case "binarycrossentropy":
      guard smoothing == 0 else { throw lack("the label smoothing") }
      (loss, function) = (BinaryCrossEntropy(), .sigmoid)
    case "mse", "meansquarederror": (loss, function) = (MeanSquaredError(), nil)
    case "mae", "meanabsoluteerror": (loss, function) = (MeanAbsoluteError(), nil)
    case "huber", "huberloss":
      (loss, function) = (Huber(delta: config?["delta"]?.number ?? 1), nil)
      if config?["delta"] == nil { gap = "its delta, which Keras does not keep, is taken to be 1" }
    default:
      throw KerasLossError(
        problem: "the loss '\(name.prefix(80))' has no counterpart; known: mean_squared_error, "
          + "mean_absolute_error, huber, binary_crossentropy, categorical_crossentropy, "
          + "sparse_categorical_crossentropy")
    }
  }
}

/// Why a loss cannot be taken over.
struct KerasLossError: Error { let problem: String }
