import Catalogs
import Formats
import Foundation
import Tensors

/// Matches modules of a file with those of a network: by name where all names fit, else by the tensors
/// that they have, their shapes and their order.
struct StructureMatching {
  /// A module of the file: tensors whose names begin alike.
  struct FileModule {
    let name: String
    /// Which layer of a recurrent module it is, from 0.
    let layer: Int
    /// By the name behind the module's.
    var tensors: [String: Formats.StoredTensor] = [:]
    /// Whether its name was given by hand.
    var isRenamed = false

    /// The name with each number as a sign.
    var pattern: String {
      var pattern = ""
      for character in name where !(character.isNumber && pattern.last == "#") {
        pattern.append(character.isNumber ? "#" : character)
      }
      return pattern
    }
  }

  private let modules: [WeightModule]
  private let isOrdered: Bool
  private var found: [FileModule] = []
  /// The places of modules by name and layer.
  private var places: [String: Int] = [:]
  private var result = WeightMatch()
  /// By module of the network the place of that of the file, and the form that fits.
  private var chosen: [Int: (place: Int, form: Int)] = [:]
  private var taken: Set<Int> = []

  init(modules: [WeightModule], isOrdered: Bool, stored: [WeightMatching.RenamedTensor]) {
    self.modules = modules
    self.isOrdered = isOrdered
    let tails = Set(modules.flatMap { $0.forms.joined().map(\.name) })
    for tensor in stored {
      guard let split = StructureMatching.split(tensor.name, tails: tails) else {
        result.unused.append(tensor.stored)
        continue
      }
      let key = "\(split.module)#\(split.layer)"
      let place = places[key] ?? found.count
      if place == found.count {
        places[key] = place
        found.append(FileModule(name: split.module, layer: split.layer))
      }
      if found[place].tensors.updateValue(tensor.stored, forKey: split.tail) != nil {
        result.unused.append(tensor.stored)
      }
      if tensor.isRenamed { found[place].isRenamed = true }
    }
  }

  /// What fits and what does not.
  mutating func match() -> WeightMatch {
    if !matchAllNames() {
      matchSomeNames()
      matchStructure()
    }
    collect()
    return result
  }
}

// MARK: - Names

extension StructureMatching {
  /// The module that a name begins with, and what follows it, which is a name that tensors of the network
  /// have; nil for others. Layers of a recurrent module are modules of their own.
  private static func split(
    _ name: String, tails: Set<String>
  ) -> (module: String, tail: String, layer: Int)? {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    for start in parts.indices {
      var tail = parts[start...].joined(separator: ".")
      var layer = 0
      if let mark = tail.range(of: "_l", options: .backwards) {
        let digits = tail[mark.upperBound...].prefix { $0.isNumber }
        let end = tail[mark.upperBound...].dropFirst(digits.count)
        let first = "\(tail[..<mark.upperBound])0\(end)"
        if let number = Int(digits), number > 0, tails.contains(first) {
          layer = number
          tail = first
        }
      }
      if tails.contains(tail) { return (parts[..<start].joined(separator: "."), tail, layer) }
    }
    return nil
  }

  /// The first form of a module that the tensors of one of the file fit; nil for none.
  private func form(of module: WeightModule, fitting file: FileModule) -> Int? {
    module.forms.firstIndex { form in
      file.tensors.count <= form.count
        && form.allSatisfy { tensor in
          guard let stored = file.tensors[tensor.name] else { return tensor.isOptional }
          return tensor.isCounter || stored.shape == tensor.shape
        }
        && file.tensors.keys.allSatisfy { name in form.contains { $0.name == name } }
    }
  }

  private func place(of name: String) -> Int? { places["\(name)#0"] }

  /// Whether all modules have their names in the file, as they are written or as the nodes are called.
  private mutating func matchAllNames() -> Bool {
    for index in 0...1 {
      var chosen: [Int: (place: Int, form: Int)] = [:]
      for (number, module) in modules.enumerated() {
        let names = module.names
        guard let place = place(of: names[min(index, names.count - 1)]),
          let form = form(of: module, fitting: found[place])
        else { break }
        chosen[number] = (place, form)
      }
      guard chosen.count == modules.count else { continue }
      self.chosen = chosen
      taken = Set(chosen.values.map(\.place))
      return true
    }
    return false
  }

  /// Takes modules whose names say which they are: those given by hand, and those that are no numbers.
  private mutating func matchSomeNames() {
    for (number, module) in modules.enumerated() {
      for name in module.names {
        guard let place = place(of: name), !taken.contains(place) else { continue }
        let isNumber = name.split(separator: ".").first?.allSatisfy(\.isNumber) ?? true
        guard found[place].isRenamed || !isNumber,
          let form = form(of: module, fitting: found[place])
        else { continue }
        chosen[number] = (place, form)
        taken.insert(place)
        break
      }
    }
  }
}

// MARK: - Structure

extension StructureMatching {
  /// Takes modules of equal tensors in their order, where there are as many of them on both sides.
  private mutating func matchStructure() {
    let left = modules.indices.filter { chosen[$0] == nil }
    var groups: [(places: [Int], numbers: [Int])] = []
    for number in left {
      let places = found.indices.filter {
        !taken.contains($0) && form(of: modules[number], fitting: found[$0]) != nil
      }
      if let index = groups.firstIndex(where: { $0.places == places }) {
        groups[index].numbers.append(number)
      } else {
        groups.append((places, [number]))
      }
    }
    for group in groups where group.places.count == group.numbers.count {
      guard group.places.allSatisfy({ !taken.contains($0) }) else { continue }
      let places = ordered(group.places)
      guard let places else {
        for (place, number) in zip(group.places, group.numbers) {
          result.proposals.append((old: found[place].name, new: modules[number].node))
        }
        continue
      }
      for (place, number) in zip(places, group.numbers) {
        guard let form = form(of: modules[number], fitting: found[place]) else { continue }
        chosen[number] = (place, form)
        taken.insert(place)
      }
    }
  }

  /// Modules of the file in the order in which they were made; nil where the file does not tell.
  private func ordered(_ places: [Int]) -> [Int]? {
    if isOrdered || places.count == 1 { return places }
    guard Set(places.map { found[$0].pattern }).count == 1 else { return nil }
    func numbers(_ place: Int) -> [Int] {
      found[place].name.split { !$0.isNumber }.compactMap { Int($0) } + [found[place].layer]
    }
    return places.sorted { numbers($0).lexicographicallyPrecedes(numbers($1)) }
  }

  private mutating func collect() {
    for (number, module) in modules.enumerated() {
      guard let choice = chosen[number] else { continue }
      for tensor in module.forms[choice.form] {
        guard let stored = found[choice.place].tensors[tensor.name] else { continue }
        result.assignments.append(.init(stored: stored, tensor: tensor, node: module.node))
      }
    }
    var left = modules.indices.filter { chosen[$0] == nil }
    var rest = found.indices.filter { !taken.contains($0) }
    // Modules that are alike in most of their tensors.
    for number in left {
      guard let place = likeness(of: modules[number], among: rest) else { continue }
      left.removeAll { $0 == number }
      rest.removeAll { $0 == place }
      compare(modules[number], with: found[place])
    }
    for number in left {
      let paths = modules[number].written.flatMap(\.parameters)
      var seen: Set<String> = []
      result.missing += paths.filter { seen.insert($0).inserted }
      propose(for: modules[number], among: rest)
    }
    for place in rest {
      result.unused += found[place].tensors.sorted { $0.key < $1.key }.map(\.value)
    }
  }

  /// The module of the file that is meant, although not all of it fits; nil for none.
  private func likeness(of module: WeightModule, among rest: [Int]) -> Int? {
    let names = Set(module.forms.joined().filter { !$0.isOptional }.map(\.name))
    let alike = rest.filter { place in
      !result.proposals.contains { $0.old == found[place].name }
        && names.contains { found[place].tensors[$0] != nil }
        && form(of: module, fitting: found[place]) == nil
    }
    if let named = alike.first(where: { module.names.contains(found[$0].name) }) { return named }
    let whole = alike.filter { place in
      module.forms.contains { form in
        form.allSatisfy { $0.isOptional || found[place].tensors[$0.name] != nil }
      }
    }
    return whole.count == 1 ? whole.first : nil
  }

  /// Takes the tensors of a module that fit, and lists the others.
  private mutating func compare(_ module: WeightModule, with file: FileModule) {
    var left = file.tensors
    for tensor in module.written {
      guard let stored = left.removeValue(forKey: tensor.name) else {
        if !tensor.isOptional { result.missing += tensor.parameters }
        continue
      }
      if stored.shape == tensor.shape || tensor.isCounter {
        result.assignments.append(.init(stored: stored, tensor: tensor, node: module.node))
      } else {
        result.misfits.append(.init(stored: stored, expected: tensor.shape))
      }
    }
    result.unused += left.sorted { $0.key < $1.key }.map(\.value)
  }

  /// Proposes the module of the file that fits and has the nearest name.
  private mutating func propose(for module: WeightModule, among rest: [Int]) {
    guard !result.proposals.contains(where: { $0.new == module.node }) else { return }
    let fitting = rest.filter { place in
      form(of: module, fitting: found[place]) != nil
        && !result.proposals.contains { $0.old == found[place].name }
    }
    let names = fitting.map { found[$0].name }
    guard let name = nearestName(to: module.node, among: names) ?? names.first, !name.isEmpty else {
      return
    }
    result.proposals.append((old: name, new: module.node + module.suffix))
  }
}
