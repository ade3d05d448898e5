import Formats
import ModelFiles
import Networks
import Tensors

extension ParameterLayout {
  /// Every parameter by its path.
  var entriesByPath: [String: Entry] {
    Dictionary(entries.map { ($0.path, $0) }, uniquingKeysWith: { $1 })
  }
}

/// Makes the tensors that files get of the parameters of a network.
enum WeightWriting {
  /// All tensors with PyTorch's names and layouts, in the order of its modules.
  ///
  /// - Parameters:
  ///   - parameters: the weights, or a slot of an optimizer laid out like them.
  ///   - stepCount: what counts of steps say.
  static func tensors(
    of parameters: Parameters, names: TorchNames, meaning: WeightMeaning = .values,
    stepCount: Int
  ) -> [Formats.StoredTensor] {
    let elementType = parameters.elementType
    // Elements are put in order by fours or eights.
    let wide = elementType == .float64 ? parameters : parameters.converted(to: .float32)
    let entries = parameters.layout.entriesByPath
    return names.modules.flatMap { module in
      module.written.map { tensor in
        let isCounter = tensor.isCounter
        return Formats.StoredTensor(
          name: module.fullName(tensor), shape: tensor.shape,
          elementType: isCounter ? .int64 : elementType
        ) {
          let numbers = tensor.tensor(
            of: wide, entries, meaning: meaning, stepCount: stepCount)
          return isCounter ? numbers : numbers.converted(to: elementType)
        }
      }
    }
  }

  /// All parameters under their own paths.
  static func ownTensors(of parameters: Parameters) -> [Formats.StoredTensor] {
    parameters.layout.entries.map { entry in
      Formats.StoredTensor(
        name: entry.path, shape: entry.spec.shape, elementType: parameters.elementType
      ) { parameters[entry] }
    }
  }

  /// Writes down what became of every parameter.
  static func report(_ names: TorchNames, log: inout ConversionLog) {
    for module in names.modules {
      for tensor in module.written {
        let name = module.fullName(tensor)
        var seen: Set<String> = []
        let paths = tensor.parameters.filter { seen.insert($0).inserted }
        switch tensor.numbers {
        case .counter: log.change("layer \(module.node)", "\(name) counts the steps of training")
        case .constant(let value):
          log.change("layer \(module.node)", "\(name), which it does not have, is \(value)")
        case .summand(_, let isFirst):
          log.change(
            "weights \(paths[0])", isFirst ? "\(name), all of the sum of two" : "\(name), 0 of it")
        case .parts:
          if tensor.isSameOrder {
            log.map("weights \(paths.joined(separator: ", "))", to: name)
          } else {
            log.change("weights \(paths.joined(separator: ", "))", "\(name), in PyTorch's order")
          }
        }
      }
    }
  }

  /// Writes down what a file of weights does not say of a model.
  static func reportRest(of model: Model, hasTraining: Bool, log: inout ConversionLog) {
    for (output, link) in zip(model.network.outputs, model.links) where link != .identity {
      log.ignore(
        "link of output \(output)", "the network gives what comes before the \(link.rawValue)")
    }
    if model.training != nil, !hasTraining {
      log.ignore("training", "the file holds weights alone; optimizer and history stay behind")
    }
    if !model.extensions.isEmpty { log.ignore("extensions", "the file holds weights alone") }
  }
}
