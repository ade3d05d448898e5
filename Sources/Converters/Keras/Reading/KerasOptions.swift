import Formats
import Layers
import ModelFiles

/// The options of a layer, each of which is taken once; what nobody takes is reported.
final class KerasOptions {
  /// The layer in words: `layer conv2d`.
  let subject: String

  /// The largest extent of a window; with it no product overflows.
  private static let largest = 1 << 24

  private let json: KerasJSON
  private let file: String
  private var taken: Set<String> = []

  init(_ json: KerasJSON, subject: String, file: String) {
    self.json = json
    self.subject = subject
    self.file = file
  }

  /// An error about an option.
  func error(_ name: String, expected: String, found: Any) -> ConversionError {
    error("\(name): expected \(expected), found \(found)")
  }

  /// An error about the layer.
  func error(_ problem: String) -> ConversionError { ConversionError(file, subject, problem) }

  /// The value under the first of some names that has one; Keras has changed names. All are taken.
  func take(_ names: [String]) -> KerasJSON? {
    taken.formUnion(names)
    return names.lazy.compactMap { self.json[$0] }.first
  }

  /// What is left, with a value that is not null.
  var rest: [(name: String, value: KerasJSON)] {
    (json.object?.names ?? []).filter { !taken.contains($0) }.compactMap { name in
      json[name].map { (name, $0) }
    }
  }
}

// MARK: - Values

extension KerasOptions {
  func integer(_ names: String..., or usual: Int? = nil) throws(ConversionError) -> Int {
    guard let value = take(names) else {
      if let usual { return usual }
      throw error("\(names[0]): expected a whole number, found nothing")
    }
    // Keras 1 has lists of one number in places.
    guard let number = value.integer ?? value.list?.first?.integer, number.magnitude < 1 << 40
    else {
      throw error(names[0], expected: "a whole number", found: value)
    }
    return number
  }

  func number(_ names: String..., or usual: Double) throws(ConversionError) -> Double {
    guard let value = take(names) else { return usual }
    guard let number = value.number ?? value["config"]?["value"]?.number else {
      throw error(names[0], expected: "a number", found: value)
    }
    return number
  }

  func bool(_ names: String..., or usual: Bool) throws(ConversionError) -> Bool {
    guard let value = take(names) else { return usual }
    guard let bool = value.bool else {
      throw error(names[0], expected: "true or false", found: value)
    }
    return bool
  }

  func text(_ names: String..., or usual: String) throws(ConversionError) -> String {
    guard let value = take(names) else { return usual }
    guard let text = value.text else { throw error(names[0], expected: "text", found: value) }
    return text
  }

  /// One number for each of some axes; a number alone stands for all of them.
  func extents(
    _ names: String..., axes: Int, or usual: Int? = nil
  ) throws(ConversionError) -> [Int] {
    guard let value = take(names) else {
      if let usual { return Array(repeating: usual, count: axes) }
      throw error("\(names[0]): expected \(axes) number(s), found nothing")
    }
    if let number = value.integer, number.magnitude <= KerasOptions.largest {
      return Array(repeating: number, count: axes)
    }
    let numbers = (value.list ?? []).compactMap(\.integer)
    guard numbers.count == axes, value.list?.count == axes,
      numbers.allSatisfy({ (-KerasOptions.largest...KerasOptions.largest).contains($0) })
    else { throw error(names[0], expected: "\(axes) number(s)", found: value) }
    return numbers
  }

  /// A list of numbers.
  func integers(_ names: String...) throws(ConversionError) -> [Int]? {
    guard let value = take(names) else { return nil }
    let items = value.list ?? [value]
    let numbers = items.compactMap(\.integer)
    guard numbers.count == items.count, numbers.allSatisfy({ $0.magnitude < 1 << 40 }) else {
      throw error(names[0], expected: "whole numbers", found: value)
    }
    return numbers
  }

  /// Refuses an option that is on.
  func require(_ name: String, is expected: Bool, _ why: String) throws(ConversionError) {
    guard try bool(name, or: expected) == expected else {
      throw error("\(name): expected \(expected), found \(!expected); \(why)")
    }
  }

  /// Whether channels are the first axis of an example.
  func isChannelsFirst() throws(ConversionError) -> Bool {
    switch try text("data_format", "dim_ordering", or: "channels_last") {
    case "channels_first", "th": return true
    case "channels_last", "tf", "default": return false
    case let other:
      throw error("data_format", expected: "channels_last or channels_first", found: "'\(other)'")
    }
  }

  /// What is put around the input of a window.
  func padding() throws(ConversionError) -> Padding {
    switch try text("padding", "border_mode", or: "valid") {
    case "valid": return .valid
    case "same": return .same
    case "causal": return .causal
    case let other:
      throw error("padding", expected: "valid, same or causal", found: "'\(other)'")
    }
  }

  /// Cells before and after each axis, as paddings and croppings have them.
  func cells(_ name: String, axes: Int) throws(ConversionError) -> [[Int]] {
    guard let value = take([name]) else { return Array(repeating: [1, 1], count: axes) }
    if let number = value.integer { return Array(repeating: [number, number], count: axes) }
    let items = value.list ?? []
    if axes == 1, items.count == 2, let first = items[0].integer, let second = items[1].integer {
      return [[first, second]]
    }
    var cells: [[Int]] = []
    for item in items {
      if let number = item.integer {
        cells.append([number, number])
      } else if let pair = item.list, pair.count == 2, let first = pair[0].integer,
        let second = pair[1].integer
      {
        cells.append([first, second])
      }
    }
    // Keras 1 has (top, bottom, left, right) too.
    if axes == 2, items.count == 4, cells.count == 4 {
      return [[cells[0][0], cells[1][0]], [cells[2][0], cells[3][0]]]
    }
    guard cells.count == axes, items.count == axes else {
      throw error(name, expected: "cells before and after \(axes) axes", found: value)
    }
    return cells
  }
}

// MARK: - Initializers

extension KerasOptions {
  /// How a parameter starts; nil where the file does not say, or says it in a way that has no
  /// counterpart, which is reported: the parameters have their values already.
  func initializer(
    _ names: String..., log: inout ConversionLog
  ) -> Initializer? {
    guard let value = take(names) else { return nil }
    let config = value["config"]
    let name = value.text ?? value["class_name"]?.text ?? ""
    func number(_ key: String, _ usual: Double) -> Double { config?[key]?.number ?? usual }
    switch name.lowercased().filter({ $0 != "_" }) {
    case "zeros", "zero": return .zeros
    case "ones", "one": return .ones
    case "constant": return .constant(number("value", 0))
    case "glorotuniform", "xavieruniform": return .xavierUniform
    case "glorotnormal", "xaviernormal": return .xavierNormal
    case "heuniform": return .heUniform
    case "henormal": return .heNormal
    case "orthogonal": return .orthogonal
    case "uniform", "randomuniform":
      return .uniform(number("minval", -0.05), number("maxval", 0.05))
    case "normal", "randomnormal":
      return .normal(mean: number("mean", 0), deviation: number("stddev", 0.05))
    case "variancescaling":
      // What keras.initializers.glorot_uniform and its kin were until tf.keras 2.
      let isUniform = config?["distribution"]?.text == "uniform"
      switch (config?["scale"]?.number, config?["mode"]?.text) {
      case (1, "fan_avg"): return isUniform ? .xavierUniform : .xavierNormal
      case (2, "fan_in"): return isUniform ? .heUniform : .heNormal
      default: break
      }
    default: break
    }
    log.ignore("\(subject) \(names[0])", "'\(name)' has no counterpart; the values are there")
    return nil
  }
}
