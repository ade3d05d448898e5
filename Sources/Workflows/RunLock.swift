import Foundation
import ModelFiles

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Keeps a second run from the file that a first one writes to.
///
/// The lock is the operating system's, on a hidden file beside the model, and ends with the process
/// that holds it, however that ends. Reading the model needs no lock: it is only ever replaced as a
/// whole.
final class RunLock {
  /// What to tell the user: that the file system has no locks, so that nothing keeps a second run
  /// away; nil where it has.
  let note: String?

  private let path: String
  private let descriptor: Int32

  /// Takes the lock on a model file, and clears away what runs that were killed have left there.
  ///
  /// - Throws: ``FileError`` naming the process that holds it.
  init(_ model: String) throws {
    let place = FilePlace(model)
    path = "\(place.folder)/.\(place.name).lock"
    let (descriptor, isLocked) = try RunLock.take(path, for: model)
    self.descriptor = descriptor
    note =
      isLocked
      ? nil : "\(model): its file system has no locks; see to it that no second run writes to it"
    ReplacingFile.removeRemains(of: model)
  }

  deinit {
    // Removed before the lock is given back: whoever waits for it looks whether it is still there.
    _ = unsafe unlink(path)
    close(descriptor)
  }

  private static func take(
    _ path: String, for model: String
  ) throws -> (descriptor: Int32, isLocked: Bool) {
    while true {
      var descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
      // What another user's killed run has left can be locked all the same.
      if descriptor < 0, errno == EACCES { descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC) }
      guard descriptor >= 0 else { throw failure(model) }
      guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
        if [ENOTSUP, EOPNOTSUPP, ENOSYS, ENOLCK, EINVAL].contains(errno) {
          return (descriptor, false)
        }
        defer { close(descriptor) }
        guard errno == EWOULDBLOCK else { throw failure(model) }
        let holder = holder(descriptor)
        throw FileError(
          model,
          "another run writes to it (process \(holder)); wait for its end, stop it with "
            + "kill -INT \(holder), or choose another file")
      }
      if isFile(descriptor, at: path) {
        write(ProcessInfo.processInfo.processIdentifier, to: descriptor)
        return (descriptor, true)
      }
      // Its holder has ended and removed it in between.
      close(descriptor)
    }
  }

  private static func isFile(_ descriptor: Int32, at path: String) -> Bool {
    var (opened, named) = (stat(), stat())
    return unsafe fstat(descriptor, &opened) == 0 && stat(path, &named) == 0
      && opened.st_ino == named.st_ino && opened.st_dev == named.st_dev
  }

  private static func write(_ process: Int32, to descriptor: Int32) {
    let text = Array("\(process)\n".utf8)
    _ = ftruncate(descriptor, 0)
    _ = unsafe pwrite(descriptor, text, text.count, 0)
  }

  private static func holder(_ descriptor: Int32) -> String {
    var bytes = [UInt8](repeating: 0, count: 16)
    let count = unsafe pread(descriptor, &bytes, bytes.count, 0)
    let text = String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self)
    return Int32(text.trimmingCharacters(in: .whitespacesAndNewlines)).map(String.init) ?? "unknown"
  }

  private static func failure(_ model: String) -> FileError {
    let reason = unsafe String(cString: strerror(errno)).lowercased()
    return FileError(model, "cannot be locked for the run: \(reason)")
  }
}
