import Testing

@testable import HDF5

@Suite("No change to a native file makes reading it crash, hang or lie")
struct HostileFileTests {
  private let bytes: [UInt8]
  private let original: NativeFile

  init() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("original.h5")
    try writeSample(to: path, metadataBlockSize: 2048)
    bytes = try contents(of: path)
    original = try NativeFile(reading: path)
  }

  @Test("Every changed byte of metadata is found; of data, it changes that byte alone")
  func everyByte() {
    let reference = flat(original)
    let metadata = Set(original.claims.metadata.joined())
    let data = Set(original.claims.data.joined())
    for position in bytes.indices {
      var changed = bytes
      changed[position] ^= UInt8(truncatingIfNeeded: 1 << (position % 8))
      let file = read(changed)
      #expect((file == nil) == metadata.contains(position), "byte \(position)")
      guard let file else { continue }
      let found = flat(file)
      #expect(found.structure == reference.structure)
      let isSame = found.data == reference.data
      #expect(isSame != data.contains(position), "byte \(position)")
    }
  }

  @Test("A file cut short anywhere is refused")
  func everyLength() {
    for count in bytes.indices {
      #expect(read(Array(bytes.prefix(count))) == nil, "\(count) bytes")
    }
    #expect(read(bytes + [0]) == nil)
  }

  @Test("Metadata that is changed and signed again is refused, or read within the file")
  func forgedMetadata() {
    var acceptedCount = 0
    for part in original.claims.metadata {
      for position in part.dropLast(4) {
        var changed = bytes
        changed[position] ^= [0x01, 0x80, 0xff, bytes[position]][position % 4]
        sign(part, of: &changed)
        if let file = read(changed) {
          acceptedCount += 1
          check(file)
        }
      }
    }
    // Names, counters and unused space can change without a contradiction.
    #expect(acceptedCount > 0)
  }

  @Test("Metadata with many changes, signed again, is refused or read within the file")
  func randomMetadata() {
    var state: UInt64 = 1
    func random(below limit: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % limit
    }
    let parts = original.claims.metadata
    for _ in 0..<5_000 {
      var changed = bytes
      for _ in 0...random(below: 3) {
        let part = parts[random(below: parts.count)]
        let position = part.lowerBound + random(below: part.count - 4)
        // Interesting values beside random ones: small numbers, and other places of the file.
        changed[position] =
          random(below: 2) == 0
          ? UInt8(random(below: 256)) : [0, 1, 2, 3, 4, 6, 8, 16, 64, 255][random(below: 10)]
        sign(part, of: &changed)
      }
      if let file = read(changed) { check(file) }
    }
  }

  @Test("A group that is its own child is refused")
  func cycle() throws {
    let root = original.claims.metadata[1]
    let name = try #require(find(Array("weights".utf8), in: root))
    var changed = bytes
    // The address of the child follows its name.
    changed.replaceSubrange(
      name + 7..<name + 15, with: littleEndian(UInt64(root.lowerBound)))
    sign(root, of: &changed)
    #expect(
      words { _ = try NativeFile(bytes: changed, named: "cycle.h5") }
        == "/weights: the file is damaged: the header at \(root.lowerBound) is used twice")
  }

  // MARK: -

  /// The file of these bytes; nil where it is refused.
  private func read(_ bytes: [UInt8]) -> NativeFile? {
    try? NativeFile(bytes: bytes, named: "changed.h5")
  }

  /// Touches all that a file says it has.
  private func check(_ file: NativeFile) {
    let found = flat(file)
    for data in found.data.values { #expect(data.count <= bytes.count) }
    for (path, description) in found.structure { #expect(!path.isEmpty && !description.isEmpty) }
  }

  /// All that a file holds, by path.
  private func flat(_ file: NativeFile) -> (structure: [String: String], data: [String: [UInt8]]) {
    var (structure, data): ([String: String], [String: [UInt8]]) = ([:], [:])
    func describe(_ attributes: [String: Attribute]) -> String {
      attributes.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
    }
    func visit(_ group: NativeGroup) {
      structure[group.place.path] = "\(group.childNames) \(describe(group.attributes))"
      for name in group.childNames {
        switch group.child(name) {
        case .group(let child): visit(child)
        case .dataset(let child):
          structure[child.place.path] =
            "\(child.type) \(child.shape) \(child.range) \(describe(child.attributes))"
          data[child.place.path] = child.bytes()
        case nil: Issue.record("\(name) is listed and not there")
        }
      }
    }
    visit(file.root)
    return (structure, data)
  }

  /// Makes the checksum of a part right again.
  private func sign(_ part: Range<Int>, of bytes: inout [UInt8]) {
    let end = part.upperBound - 4
    let checksum = bytes[part.lowerBound..<end].withUnsafeBytes { Lookup3.checksum($0) }
    bytes.replaceSubrange(end..<end + 4, with: littleEndian(checksum))
  }

  private func littleEndian<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }

  private func find(_ needle: [UInt8], in range: Range<Int>) -> Int? {
    range.dropLast(needle.count).first { bytes[$0..<$0 + needle.count].elementsEqual(needle) }
  }
}
