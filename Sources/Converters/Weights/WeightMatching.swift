import Catalogs
import Formats
import Networks
import Tensors

/// Finds out which tensor of a file is which parameter of a network: by name, and where names say nothing
/// by the tensors that modules have, their shapes and their order.
struct WeightMatching {
  /// The modules of the network in PyTorch's terms.
  let modules: [WeightModule]
  /// The network's parameters.
  let layout: ParameterLayout
  /// The file.
  let file: String
  /// Whether the tensors stand in the order in which their modules were made.
  let isOrdered: Bool
  /// Names of the file, and the names that are meant.
  let renames: [String: String]

  /// The better of both readings of the names.
  ///
  /// - Throws: ``ConversionError`` for a name to be replaced that is not there.
  func match(_ stored: [Formats.StoredTensor]) throws(ConversionError) -> WeightMatch {
    let siblings = siblingNames
    let renamed = stored.map { stored in
      let name = newName(of: stored.name)
      return RenamedTensor(
        stored: stored, path: name,
        name: foreignName(ofPath: name) ?? siblingName(of: name, siblings) ?? name)
    }
    try checkRenames(stored)
    let paths = Set(layout.entries.map(\.path))
    let own = ownMatch(renamed)
    if stored.contains(where: { paths.contains($0.name) }) { return own }
    let foreign = foreignMatch(renamed)
    return own.problemCount < foreign.problemCount ? own : foreign
  }

  /// A tensor, and the name that is meant.
  struct RenamedTensor {
    let stored: Formats.StoredTensor
    /// As the path of a parameter.
    let path: String
    /// As PyTorch would call it.
    let name: String
    var isRenamed: Bool { stored.name != path }
  }
}

// MARK: - Names

extension WeightMatching {
  private func newName(of name: String) -> String {
    if let new = renames[name] { return new }
    // Of all modules that the name begins with the innermost.
    let prefixes = renames.keys.filter { name.hasPrefix($0 + ".") || name.hasPrefix($0 + "/") }
    guard let prefix = prefixes.max(by: { $0.count < $1.count }), let new = renames[prefix] else {
      return name
    }
    return new + name.dropFirst(prefix.count)
  }

  /// By module of the file that of the network where one of its tensors was renamed: the others belong
  /// there too.
  private var siblingNames: [String: String] {
    var names: [String: String] = [:]
    for (old, new) in renames {
      let new = foreignName(ofPath: new) ?? new
      guard let end = old.lastIndex(of: "."), let newEnd = new.lastIndex(of: "."),
        old[end...] == new[newEnd...]
      else { continue }
      names[String(old[..<end])] = String(new[..<newEnd])
    }
    return names
  }

  private func siblingName(of name: String, _ siblings: [String: String]) -> String? {
    guard renames[name] == nil, let end = name.lastIndex(of: "."),
      let module = siblings[String(name[..<end])]
    else { return nil }
    return module + name[end...]
  }

  /// Checks that what is to be renamed is there, and what it is to be called too.
  private func checkRenames(_ stored: [Formats.StoredTensor]) throws(ConversionError) {
    let known = stored.map(\.name)
    for (old, new) in renames.sorted(by: { $0.key < $1.key }) {
      guard
        known.contains(where: { $0 == old || $0.hasPrefix(old + ".") || $0.hasPrefix(old + "/") })
      else {
        throw ConversionError(
          file, "--map \(old)=\(new): the file has no '\(old)'\(suggestion(for: old, among: known))"
        )
      }
      let names =
        modules.flatMap(\.names) + layout.entries.map(\.node) + layout.entries.map(\.path)
        + modules.flatMap { module in module.forms.joined().map { module.fullName($0) } }
        + modules.flatMap { module in module.forms.joined().map { "\(module.node).\($0.name)" } }
      guard names.contains(new) else {
        throw ConversionError(
          file,
          "--map \(old)=\(new): the network has no '\(new)'\(suggestion(for: new, among: names))")
      }
    }
  }

  /// The name that PyTorch would give the tensor with a parameter; nil where the path is none.
  private func foreignName(ofPath path: String) -> String? {
    guard layout.entries.contains(where: { $0.path == path }) else { return nil }
    for module in modules {
      if let tensor = module.written.first(where: { $0.parameters == [path] }) {
        return module.fullName(tensor)
      }
    }
    return nil
  }

  private func ownMatch(_ stored: [RenamedTensor]) -> WeightMatch {
    var match = WeightMatch()
    match.isOwn = true
    var left: [String: Formats.StoredTensor] = [:]
    for tensor in stored where left.updateValue(tensor.stored, forKey: tensor.path) != nil {
      match.unused.append(tensor.stored)
    }
    var missing: [ParameterLayout.Entry] = []
    for entry in layout.entries {
      guard let tensor = left.removeValue(forKey: entry.path) else {
        missing.append(entry)
        continue
      }
      guard tensor.shape == entry.spec.shape else {
        match.misfits.append(.init(stored: tensor, expected: entry.spec.shape))
        continue
      }
      match.assignments.append(
        .init(
          stored: tensor,
          tensor: WeightTensor(
            name: entry.spec.name, shape: entry.spec.shape,
            numbers: .parts([WeightPart(all: entry.path, shape: entry.spec.shape)])),
          node: entry.node))
    }
    match.missing = missing.map(\.path)
    let names = Set(left.values.map(\.name))
    match.unused += stored.map(\.stored).filter { names.contains($0.name) }
    for tensor in match.unused.prefix(8) {
      let fitting = missing.filter { $0.spec.shape == tensor.shape }.map(\.path)
      if let near = nearestName(to: tensor.name, among: fitting) {
        match.proposals.append((old: tensor.name, new: near))
      }
    }
    return match
  }

  private func foreignMatch(_ stored: [RenamedTensor]) -> WeightMatch {
    var structure = StructureMatching(modules: modules, isOrdered: isOrdered, stored: stored)
    var match = structure.match()
    // Parameters of layers that are no module of PyTorch.
    let known = Set(modules.flatMap { $0.forms.joined().flatMap(\.parameters) })
    match.missing += layout.entries.map(\.path).filter { !known.contains($0) }
    return match
  }
}
