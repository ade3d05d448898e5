/// Why an HDF5 file, or a part of it, could not be read or written.
package struct HDF5Error: Error, Hashable, CustomStringConvertible {
  /// The file and the object in it that the error is about.
  package let place: Place

  /// What was wrong with it.
  package let reason: Reason

  package init(_ place: Place, _ reason: Reason) {
    self.place = place
    self.reason = reason
  }

  /// One line: where, what, expected, found.
  package var description: String { "\(place): \(reason)" }
}

/// A file, and an object in it by its path: `model.h5: /weights/dense_1/kernel`.
package struct Place: Hashable, Sendable, CustomStringConvertible {
  /// The file as it was named when it was opened.
  package let file: String

  /// The path from the root, `/` for the root group, empty for the file as a whole.
  package let path: String

  package init(file: String, path: String = "") {
    self.file = file
    self.path = path
  }

  /// The place of a child of this group.
  package func child(_ name: String) -> Place {
    Place(file: file, path: path.hasSuffix("/") ? path + name : path + "/" + name)
  }

  package var description: String { path.isEmpty ? file : "\(file): \(path)" }
}

extension HDF5Error {
  package enum Reason: Hashable, Sendable {
    /// The HDF5 library is not installed or is not the one this program was built for.
    case libraryMissing(String)
    /// The HDF5 library refused, in its own words.
    case refused(operation: String, words: String)
    /// The operating system refused, in its own words.
    case system(operation: String, words: String)
    /// The bytes are not those of an HDF5 file.
    case notHDF5(found: String)
    /// The bytes contradict the format.
    case damaged(String)
    /// There is no such child.
    case missing(name: String, siblings: [String])
    /// There is no such attribute.
    case missingAttribute(name: String)
    /// The child is of another kind.
    case wrongKind(expected: ObjectKind, found: ObjectKind)
    /// The dataset or attribute has another type.
    case wrongType(expected: String, found: String)
    /// A name that no child or attribute can have.
    case invalidName(String)
    /// A valid feature of HDF5 that is not read here, for safety or for want of a meaning.
    case unsupported(String)
    /// A valid feature of HDF5 that no native model file has.
    case notNative(String)
    /// What the process that reads a foreign file said of it, or how it ended.
    case foreign(String)
    /// More bytes than the reader was prepared to take.
    case overBudget(needed: UInt64, budget: UInt64)
  }
}

/// What a link in a group can lead to.
package enum ObjectKind: Hashable, Sendable, CustomStringConvertible {
  case group, dataset, namedType, softLink, externalLink, unknown

  package var description: String {
    switch self {
    case .group: "a group"
    case .dataset: "a dataset"
    case .namedType: "a named type"
    case .softLink: "a soft link"
    case .externalLink: "an external link"
    case .unknown: "an unknown object"
    }
  }
}

extension HDF5Error.Reason: CustomStringConvertible {
  package var description: String {
    switch self {
    case .libraryMissing(let words):
      "\(words); install it with `apt-get install libhdf5-dev` or `brew install hdf5`"
    case .refused(let operation, let words):
      words.isEmpty ? "cannot \(operation)" : "cannot \(operation): \(words)"
    case .system("open the file", "no such file or directory"): "no such file"
    case .system(let operation, let words):
      "cannot \(operation): \(words)"
    case .notHDF5(let found):
      "expected an HDF5 file, found \(found)"
    case .damaged(let words):
      "the file is damaged: \(words)"
    case .missing(let name, let siblings):
      siblings.isEmpty
        ? "expected '\(name)', found nothing here"
        : "expected '\(name)', found \(HDF5Error.list(siblings))"
    case .missingAttribute(let name):
      "expected an attribute '\(name)', found none of that name"
    case .wrongKind(let expected, let found):
      "expected \(expected), found \(found)"
    case .wrongType(let expected, let found):
      "expected \(expected), found \(found)"
    case .invalidName(let words):
      words
    case .unsupported(let words), .notNative(let words), .foreign(let words):
      words
    case .overBudget(let needed, let budget):
      "expected at most \(budget) bytes, found \(needed)"
    }
  }
}

extension HDF5Error {
  /// The first few names, and how many more there are.
  fileprivate static func list(_ names: [String]) -> String {
    let shown = names.prefix(8).map { "'\($0)'" }.joined(separator: ", ")
    return names.count > 8 ? "\(shown) and \(names.count - 8) more" : shown
  }
}
