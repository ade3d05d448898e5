import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Replaces files as a whole or not at all.
package enum ReplacingFile {
  /// Writes a file beside its place, brings it to the disk, and renames it into place.
  ///
  /// Whatever happens, the file at `path` is either the old one or the whole new one.
  ///
  /// - Parameter write: creates the file at the path it is given, which nothing occupies.
  /// - Throws: what `write` throws, or ``ModelFileError``.
  package static func write(to path: String, _ write: (String) throws -> Void) throws {
    // A link stays a link: what it leads to is replaced.
    let url = URL(fileURLWithPath: path).resolvingSymlinksInPath()
    let place = url.path
    let folder = url.deletingLastPathComponent().path
    try check(path)
    let temporary =
      "\(folder)/.\(url.lastPathComponent).\(ProcessInfo.processInfo.processIdentifier).tmp"
    _ = unsafe unlink(temporary)
    do {
      try write(temporary)
      try synchronize(temporary, flags: O_RDWR, for: path)
      guard unsafe rename(temporary, place) == 0 else { throw failure(path, "cannot be replaced") }
    } catch {
      _ = unsafe unlink(temporary)
      throw error
    }
    try synchronize(folder, flags: O_RDONLY, for: path)
  }

  /// Checks that a file can be put in a place, before the work that leads to it is done.
  ///
  /// - Throws: ``ModelFileError``.
  package static func check(_ path: String) throws {
    let folder = URL(fileURLWithPath: path).resolvingSymlinksInPath()
      .deletingLastPathComponent().path
    var isDirectory = ObjCBool(false)
    guard unsafe FileManager.default.fileExists(atPath: folder, isDirectory: &isDirectory) else {
      throw ModelFileError(path, "the folder does not exist")
    }
    guard isDirectory.boolValue else { throw ModelFileError(path, "its folder is a file") }
    guard !isStream(path) else {
      throw ModelFileError(path, "expected a file, found a device or a pipe")
    }
    if unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory),
      isDirectory.boolValue
    {
      throw ModelFileError(path, "expected a file, found a folder")
    }
    guard unsafe access(folder, W_OK) == 0 else {
      throw failure(path, "the folder cannot be written to")
    }
  }

  /// Whether a path leads to a device or a pipe, which takes bytes and is never replaced.
  package static func isStream(_ path: String) -> Bool {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { return false }
    return ![S_IFREG, S_IFDIR].contains(status.st_mode & S_IFMT)
  }

  private static func synchronize(_ file: String, flags: Int32, for path: String) throws {
    let descriptor = unsafe open(file, flags)
    guard descriptor >= 0 else { throw failure(path, "cannot be opened to be synced") }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw failure(path, "cannot be synced to the disk") }
  }

  private static func failure(_ path: String, _ problem: String) -> ModelFileError {
    let reason = unsafe String(cString: strerror(errno)).lowercased()
    return ModelFileError(path, "\(problem): \(reason)")
  }
}
