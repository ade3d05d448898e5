import HDF5
import ModelFiles

/// What becomes of a model file when bytes of it are changed one at a time, and when it is cut short.
package struct DamageCount: CustomStringConvertible {
  /// The changes that were made.
  package private(set) var changeCount = 0

  /// The changes for which the file is refused when it is opened or read.
  package private(set) var refusedCount = 0

  /// The changes that verification finds.
  package private(set) var foundCount = 0

  /// The changes after which the file is whole and holds all that it held.
  package private(set) var harmlessCount = 0

  /// The changes, each in a few words, that nobody finds and that change what the file holds.
  package private(set) var silent: [String] = []

  /// What a byte is exclusively or-ed with: every bit alone, and all of them.
  package static let fewMasks: [UInt8] = [1, 2, 4, 8, 16, 32, 64, 128, 255]

  /// Changes bytes and cuts.
  ///
  /// - Parameters:
  ///   - bytes: a whole model file.
  ///   - stride: from which byte to the next one goes; 1 for all of them.
  ///   - masks: what each byte is exclusively or-ed with in turn.
  /// - Throws: what opening the unchanged file throws.
  package init(
    _ bytes: [UInt8], stride: Int = 1, masks: [UInt8] = DamageCount.fewMasks
  ) throws {
    let whole = try DamageCount.content(of: bytes)
    var changed = bytes
    for place in Swift.stride(from: 0, to: bytes.count, by: stride) {
      for mask in masks {
        changed[place] = bytes[place] ^ mask
        judge(changed, whole: whole, "byte \(place) changed by \(mask)")
      }
      changed[place] = bytes[place]
      judge(Array(bytes.prefix(place)), whole: whole, "cut off after \(place) bytes")
    }
  }

  private mutating func judge(_ bytes: [UInt8], whole: [String], _ change: String) {
    changeCount += 1
    guard let native = try? NativeFile(bytes: bytes, named: "file"),
      let file = try? ModelFile(native, name: "file"), (try? file.model()) != nil
    else {
      refusedCount += 1
      return
    }
    guard file.verify().isEmpty else {
      foundCount += 1
      return
    }
    if DamageCount.content(of: native) == whole {
      harmlessCount += 1
    } else {
      silent.append(change)
    }
  }

  private static func content(of bytes: [UInt8]) throws -> [String] {
    let native = try NativeFile(bytes: bytes, named: "file")
    _ = try ModelFile(native, name: "file").model()
    return content(of: native)
  }

  /// All that a file holds, a line for each object.
  private static func content(of file: NativeFile) -> [String] {
    var lines: [String] = []
    func describe(_ place: Place, _ attributes: [String: Attribute], _ words: String) {
      let facts = attributes.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
      lines.append("\(place.path) \(words) \(facts.joined(separator: " "))")
    }
    func visit(_ group: NativeGroup) {
      describe(group.place, group.attributes, "\(group.childNames)")
      for name in group.childNames {
        switch group.child(name) {
        case .group(let child): visit(child)
        case .dataset(let child):
          let data = Digest(of: child.bytes()).bytes
          describe(child.place, child.attributes, "\(child.type) \(child.shape) \(data)")
        case nil: break
        }
      }
    }
    visit(file.root)
    return lines
  }

  package var description: String {
    "\(changeCount) changes: \(refusedCount) refused, \(foundCount) found by verification, "
      + "\(harmlessCount) without effect, \(silent.count) silent"
      + silent.prefix(5).map { "\n  silent: \($0)" }.joined()
  }
}
