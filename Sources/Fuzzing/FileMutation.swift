/// Changes to the bytes of a file that are read, not refused at the first checksum.
package struct FileMutation {
  /// Changes some bytes in any way, to at most so many.
  package typealias Plain = (_ bytes: [UInt8], _ limit: Int) -> [UInt8]

  private var random: RandomChoices
  private var json: JSONMutation
  private let plain: Plain

  /// Changes that a seed decides.
  ///
  /// - Parameter plain: how bytes without a meaning are changed.
  package init(seed: UInt32, plain: @escaping Plain) {
    random = RandomChoices(seed: seed)
    json = JSONMutation(seed: seed ^ 0x5bd1_e995)
    self.plain = plain
  }

  /// Changed bytes, most of them with checksums that are right, of at most so many.
  ///
  /// - Parameter changesTexts: whether most changes are to the texts of a model file.
  package mutating func mutated(
    _ bytes: [UInt8], limit: Int, changesTexts: Bool
  ) -> [UInt8] {
    var changed = bytes
    let scan = HeaderScan(bytes)
    if changesTexts, random.number(below: 4) > 0, let text = random.one(of: scan.texts) {
      let content = text.content(of: bytes)
      text.replace(
        by: random.number(below: 4) > 0 ? json.mutated(content) : plain(content, 8192),
        in: &changed)
    } else if random.number(below: 4) > 0, let part = random.one(of: scan.parts) {
      let old = Array(bytes[part.dropLast(4)])
      let new = plain(old, old.count)
      // Metadata is full of places: it keeps its length.
      changed.replaceSubrange(
        part.dropLast(4), with: new + [UInt8](repeating: 0, count: old.count - new.count))
    } else {
      changed = plain(bytes, limit)
    }
    guard random.number(below: 16) > 0 else { return changed }
    changed = Signing.checksummed(changed)
    if changesTexts, random.number(below: 2) > 0 { changed = Signing.indexed(changed) }
    return changed.count <= limit ? changed : bytes
  }
}
