import CZip

/// Writes a zip archive: the same members give the same bytes, whatever the time and the place.
///
/// Members are written when the archive is closed; one that is not closed leaves no file.
@safe
package final class ZipWriter {
  /// How the bytes of a member are kept.
  package enum Packing: Sendable {
    case stored
    case deflated
  }

  private let functions: nn_zip
  private let file: String
  private var archive: OpaquePointer?
  /// What is written is read when the archive is closed.
  private var sources: [FileBytes] = []

  /// Starts an archive where there is no file.
  ///
  /// - Parameter file: what the archive is called in messages.
  /// - Throws: ``FormatError``.
  package init(creating path: String, named file: String) throws(FormatError) {
    self.file = file
    let functions = try ZipLibrary.functions()
    self.functions = functions
    var code: Int32 = 0
    unsafe archive = functions.openFile(path, ZIP_CREATE | ZIP_EXCL, &code)
    guard unsafe archive != nil else {
      var error = unsafe zip_error_t()
      unsafe functions.startErrorWithCode(&error, code)
      defer { unsafe functions.endError(&error) }
      throw FormatError(file, "cannot be written: \(unsafe functions.words(&error))")
    }
  }

  deinit {
    if let archive = unsafe archive { unsafe functions.discard(archive) }
  }

  /// Adds a member.
  ///
  /// - Precondition: no member has that name, and the archive is not closed.
  /// - Throws: ``FormatError``.
  package func add(
    _ name: String, _ bytes: FileBytes, packing: Packing = .stored
  ) throws(FormatError) {
    guard let archive = unsafe archive else { preconditionFailure("the archive is closed") }
    sources.append(bytes)
    let source = unsafe bytes.withBytes(0..<bytes.byteCount) { memory in
      unsafe functions.makeSource(memory.baseAddress, UInt64(memory.count), 0, nil)
    }
    guard let source = unsafe source else { throw failure(name) }
    let flags = zip_flags_t(ZIP_FL_ENC_UTF_8)
    let index = unsafe functions.add(archive, name, source, flags)
    guard index >= 0 else {
      unsafe functions.freeSource(source)
      throw failure(name)
    }
    let method = packing == .stored ? ZIP_CM_STORE : ZIP_CM_DEFLATE
    guard unsafe functions.setCompression(archive, UInt64(index), method, 0) == 0,
      unsafe functions.setTime(archive, UInt64(index), 0, nn_zip_first_date, 0) == 0
    else { throw failure(name) }
  }

  /// Writes the archive.
  ///
  /// - Throws: ``FormatError``; there is no file then.
  package func close() throws(FormatError) {
    guard let archive = unsafe archive else { return }
    guard unsafe functions.close(archive) == 0 else { throw failure(nil) }
    unsafe self.archive = nil
  }

  private func failure(_ member: String?) -> FormatError {
    let words = unsafe archive.map { unsafe functions.words(functions.error($0)) }
    return FormatError(file, member: member, "cannot be written: \(words ?? "closed")")
  }
}
