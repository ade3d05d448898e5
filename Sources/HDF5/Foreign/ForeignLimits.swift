/// How much a foreign file may declare, and how much reading it may cost.
///
/// Every limit is far beyond what files of weights have and far below what would trouble a machine.
/// The reading process checks the first part while it reads, and has the second part imposed on it
/// by the operating system, so that it also holds where the library itself runs wild.
package struct ForeignLimits: Hashable, Sendable {
  /// How deep groups may lie in each other.
  static let depth = 64
  /// The number of groups, datasets and named types together. The library takes some 10 seconds to
  /// write as many.
  static let objectCount = 1 << 14
  /// The bytes of a group's, dataset's or attribute's name.
  static let nameLength = 1024
  /// The bytes of a path from the root.
  static let pathLength = 2048
  /// The number of attributes of one object.
  static let attributeCount = 4096
  /// The bytes of one attribute. Keras keeps the whole graph of a model in one.
  static let attributeByteCount = 64 << 20
  /// The bytes of the words in which the reading process refuses a file.
  static let messageLength = 8192

  /// The bytes of all datasets and attributes together as they are unpacked.
  package var unpackedByteCount: Int

  /// The seconds of processor time.
  package var seconds: Int

  /// The limits for a file of a size: 1 GiB and 8 times the file unpacked; 20 seconds, and one more
  /// for every 16 MiB.
  package init(fileOf byteCount: Int) {
    let byteCount = min(max(byteCount, 0), 1 << 44)
    unpackedByteCount = 1 << 30 + 8 * byteCount
    seconds = 20 + byteCount >> 24
  }

  /// Limits of one's own.
  package init(unpackedByteCount: Int, seconds: Int) {
    self.unpackedByteCount = unpackedByteCount
    self.seconds = seconds
  }

  /// The seconds that may pass on the clock, in which other programs run and disks are waited for.
  var clockSeconds: Int { 4 * seconds }

  /// The addresses that the reading process may use: its program and libraries, a dataset as it is
  /// stored and as it is unpacked.
  var addressSpace: Int { 1 << 30 + 2 * unpackedByteCount }

  /// The size of the translation: all that is unpacked, and what describes it.
  var translationByteCount: Int { 256 << 20 + unpackedByteCount }
}
