import HDF5
import Tensors

/// The content of an HDF5 file of Keras, as a tree of names.
final class WrittenKerasStore {
  /// A fact about a group.
  enum Fact {
    /// One text of any length.
    case text(String)
    /// Texts, in several attributes where one cannot hold them.
    case texts([String])
  }

  private var children: [(name: String, store: WrittenKerasStore)] = []
  private var places: [String: Int] = [:]
  private var array: WrittenKerasArray?
  private var facts: [(name: String, fact: Fact)] = []

  /// What is at a path, made where it is not there.
  func store(at path: String) -> WrittenKerasStore {
    var store = self
    for name in path.split(separator: "/").map(String.init) {
      if let place = store.places[name] {
        store = store.children[place].store
      } else {
        let child = WrittenKerasStore()
        store.places[name] = store.children.count
        store.children.append((name, child))
        store = child
      }
    }
    return store
  }

  /// Puts numbers at a path.
  func insert(_ array: WrittenKerasArray, at path: String) { store(at: path).array = array }

  /// Adds a fact.
  func add(_ name: String, _ fact: Fact) { facts.append((name, fact)) }

  /// Writes a whole file.
  ///
  /// - Parameter path: where no file exists yet.
  /// - Throws: `HDF5Error`.
  func write(to path: String) throws {
    let file = try HDF5.File(creating: path)
    try write(into: file.root)
    try file.close()
  }

  private func write(into group: Group) throws {
    for (name, fact) in facts {
      switch fact {
      case .text(let text): try group.setVariableText(name, text)
      case .texts(let texts): try group.setTexts(name, texts)
      }
    }
    for (name, child) in children {
      if let array = child.array {
        try write(array, as: name, into: group)
      } else {
        try child.write(
          into: group.createGroup(name, expectedCount: max(child.children.count, 4)))
      }
    }
  }

  private func write(_ array: WrittenKerasArray, as name: String, into group: Group) throws {
    switch array.content {
    case .floats(let make):
      let values = make()
      try unsafe group.createDataset(
        name, type: .float32, shape: array.shape, bytes: values.span.bytes)
    case .integer(let value):
      let values = [value]
      try unsafe group.createDataset(
        name, type: .int32, shape: array.shape, bytes: values.span.bytes)
    }
  }
}
