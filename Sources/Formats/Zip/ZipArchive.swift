import CZip
import Foundation

/// A zip archive for reading: its members by name, and their bytes.
///
/// An archive may come from anyone. Opening it reads its directory alone and refuses what no honest
/// archive has: two members of one name, names that lead out of a folder, members that are
/// encrypted, packed by an unusual method, larger than their packed bytes can tell, or lying over
/// each other. Bytes are unpacked when they are asked for, never more than a member declares and a limit
/// allows, and compared with their checksum. One thread uses an archive at a time.
@safe
package final class ZipArchive {
  /// A member as the directory of the archive declares it.
  package struct Member: Hashable, Sendable {
    /// The name, with `/` between folders.
    package let name: String
    /// The number of its bytes, unpacked.
    package let byteCount: Int
    /// The number of bytes that they take in the archive.
    package let packedByteCount: Int
    fileprivate let index: UInt64

    /// Whether the member is but a folder.
    package var isFolder: Bool { name.hasSuffix("/") }
  }

  /// The members in the order of the directory.
  package let members: [Member]

  /// The archive as it was named, for messages.
  package var file: String { bytes.file }

  private let bytes: FileBytes
  private let functions: nn_zip
  private let archive: OpaquePointer
  private let places: [String: Int]

  /// The most members that an archive may have.
  package static let memberLimit = 65_536

  /// The most bytes of a member that are unpacked where nobody says otherwise: half of the machine's
  /// memory, at most 64 GiB.
  package static let usualLimit = min(
    64 << 30, Int(clamping: ProcessInfo.processInfo.physicalMemory / 2))

  /// Opens an archive; "-" is standard input, where that is a file.
  ///
  /// - Throws: ``FormatError`` naming the member, where one is meant.
  package convenience init(path: String) throws(FormatError) {
    try self.init(FileBytes(path: path))
  }

  /// Opens an archive whose bytes are at hand.
  package init(_ bytes: FileBytes) throws(FormatError) {
    self.bytes = bytes
    let functions = try ZipLibrary.functions()
    self.functions = functions
    unsafe archive = try ZipArchive.open(bytes, functions)
    do {
      members = try unsafe ZipArchive.members(of: archive, bytes, functions)
      places = try ZipArchive.places(of: members, bytes)
    } catch {
      unsafe functions.discard(archive)
      throw error
    }
  }

  deinit { unsafe functions.discard(archive) }
}

// MARK: - Members

extension ZipArchive {
  /// The member of a name.
  package subscript(name: String) -> Member? { places[name].map { members[$0] } }

  /// The unpacked bytes of a member.
  ///
  /// - Parameter limit: the most bytes that it may have.
  /// - Throws: ``FormatError`` when it is larger, or damaged.
  package func bytes(
    of member: Member, limit: Int = ZipArchive.usualLimit
  ) throws(FormatError) -> FileBytes {
    let name = member.name
    guard member.byteCount <= limit else {
      throw FormatError(
        file, member: name, "expected at most \(limit) bytes, found \(member.byteCount)")
    }
    let functions = self.functions
    guard let entry = unsafe functions.openEntry(archive, member.index, 0) else {
      let words = unsafe functions.words(functions.error(archive))
      throw FormatError(file, member: name, "cannot be unpacked: \(words)")
    }
    defer { unsafe _ = functions.closeEntry(entry) }
    return try unsafe FileBytes(
      byteCount: member.byteCount, file: file, member: name
    ) { memory throws(FormatError) in
      func read(_ place: UnsafeMutableRawPointer, _ count: Int) throws(FormatError) -> Int {
        let count = unsafe functions.read(entry, place, UInt64(count))
        guard count >= 0 else {
          let words = unsafe functions.words(functions.entryError(entry))
          throw FormatError(file, member: name, "damaged: \(words)")
        }
        return Int(count)
      }
      var count = 0
      while count < memory.count, let start = memory.baseAddress {
        let step = try unsafe read(start + count, min(memory.count - count, 1 << 26))
        guard step > 0 else { break }
        count += step
      }
      // The checksum is compared where the end is read.
      var last: UInt8 = 0
      let surplus = try unsafe read(&last, 1)
      guard count == memory.count, surplus == 0 else {
        let found = surplus > 0 ? "more" : "\(count)"
        throw FormatError(
          file, member: name, "damaged: expected \(memory.count) bytes, found \(found)")
      }
    }
  }
}

// MARK: - Opening

extension ZipArchive {
  private static func open(
    _ bytes: FileBytes, _ functions: nn_zip
  ) throws(FormatError) -> OpaquePointer {
    guard FileSignature(of: bytes.copy(0..<min(bytes.byteCount, 6))) == .zip else {
      throw bytes.error("expected a zip archive, found something else")
    }
    return try unsafe bytes.withBytes(0..<bytes.byteCount) { memory throws(FormatError) in
      var error = unsafe zip_error_t()
      unsafe functions.startError(&error)
      defer { unsafe functions.endError(&error) }
      // The mapping is kept as long as the archive, and is not the library's to free.
      guard
        let source = unsafe functions.makeSource(
          memory.baseAddress, UInt64(memory.count), 0, &error)
      else { throw bytes.error("cannot be read: \(unsafe functions.words(&error))") }
      guard let archive = unsafe functions.openSource(source, ZIP_RDONLY, &error) else {
        unsafe functions.freeSource(source)
        throw bytes.error(
          "cannot be read as a zip archive, it is damaged or cut short: "
            + (unsafe functions.words(&error)))
      }
      return unsafe archive
    }
  }

  private static func members(
    of archive: OpaquePointer, _ bytes: FileBytes, _ functions: nn_zip
  ) throws(FormatError) -> [Member] {
    let count = unsafe functions.entryCount(archive, 0)
    guard count <= memberLimit else {
      throw bytes.error("expected at most \(memberLimit) members, found \(count)")
    }
    var members: [Member] = []
    var room = bytes.byteCount
    for index in 0..<UInt64(max(count, 0)) {
      var status = unsafe zip_stat_t()
      let needed =
        UInt64(ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE)
        | UInt64(ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD)
      guard unsafe functions.status(archive, index, 0, &status) == 0,
        unsafe status.valid & needed == needed, let name = unsafe status.name
      else { throw bytes.error("member \(index + 1) cannot be read") }
      let member = try unsafe member(String(cString: name), status, bytes)
      // Each byte of the file belongs to one member at most.
      guard member.packedByteCount <= room else {
        throw FormatError(
          bytes.file, member: member.name,
          "it and those before take more bytes than the archive has; members lie over each other")
      }
      room -= member.packedByteCount
      members.append(member)
    }
    return members
  }

  private static func member(
    _ name: String, _ status: zip_stat_t, _ bytes: FileBytes
  ) throws(FormatError) -> Member {
    func error(_ problem: String) -> FormatError {
      FormatError(bytes.file, member: name, problem)
    }
    try checkName(name, error)
    guard unsafe Int32(status.encryption_method) == ZIP_EM_NONE else {
      throw error("the member is encrypted; unpack the archive with its password first")
    }
    let method = unsafe Int32(status.comp_method)
    guard method == ZIP_CM_STORE || method == ZIP_CM_DEFLATE else {
      throw error("expected a member that is stored or deflated, found packing method \(method)")
    }
    guard let count = unsafe Int(exactly: status.size),
      let packed = unsafe Int(exactly: status.comp_size)
    else { throw error("its size is out of range") }
    // Deflate makes of one byte at most 1032, and needs a few bytes for none.
    let (most, overflows) = packed.multipliedReportingOverflow(by: 1032)
    guard method == ZIP_CM_STORE ? count == packed : overflows || count <= most else {
      throw error("declares \(count) bytes, which its \(packed) packed bytes cannot hold")
    }
    return unsafe Member(
      name: name, byteCount: count, packedByteCount: packed, index: status.index)
  }

  /// Refuses names that are none, or that would lead elsewhere where somebody unpacks them.
  private static func checkName(
    _ name: String, _ error: (String) -> FormatError
  ) throws(FormatError) {
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    let isDrive = name.dropFirst().first == ":"
    guard !name.isEmpty, !name.hasPrefix("/"), !isDrive, !name.contains("\\"),
      !parts.contains("..")
    else { throw error("the name of a member must not lead out of the archive") }
  }

  private static func places(
    of members: [Member], _ bytes: FileBytes
  ) throws(FormatError) -> [String: Int] {
    var places: [String: Int] = [:]
    for (place, member) in members.enumerated() {
      guard places.updateValue(place, forKey: member.name) == nil else {
        throw FormatError(bytes.file, member: member.name, "two members have this name")
      }
    }
    return places
  }
}
