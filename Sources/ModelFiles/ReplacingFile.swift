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
  /// Whatever happens, and whenever the program or the machine stops, the file at `path` is either
  /// the old one or the whole new one.
  ///
  /// - Parameters:
  ///   - path: where to; its folder exists.
  ///   - keepsPrevious: whether the old file stays, as ``previous(of:)``.
  ///   - write: creates the file at the path it is given, which nothing occupies, and checks it.
  /// - Throws: what `write` throws, or ``ModelFileError``.
  package static func write(
    to path: String, keepsPrevious: Bool = false, _ write: (String) throws -> Void
  ) throws {
    let place = FilePlace(path)
    try check(path)
    let temporary = place.temporary()
    do {
      try write(temporary)
      try synchronize(temporary, flags: O_RDWR, for: path)
      if keepsPrevious { try keepPrevious(of: place, for: path) }
      // To let go of the last name of a large file takes as long as to write a part of it. As long as
      // it is open its bytes stay, and are given up by another thread.
      let old = unsafe open(place.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
      defer {
        if old >= 0 { DispatchQueue.global().async { close(old) } }
      }
      guard unsafe rename(temporary, place.path) == 0 else {
        throw failure(path, "cannot be replaced")
      }
    } catch {
      _ = unsafe unlink(temporary)
      throw error
    }
    try synchronize(place.folder, flags: O_RDONLY, for: path)
  }

  /// Where the file lies that the one in a place has replaced, while a run keeps both.
  package static func previous(of path: String) -> String { FilePlace(path).path + ".previous" }

  /// Removes the file that the one in a place has replaced, if there is one.
  package static func removePrevious(of path: String) { _ = unsafe unlink(previous(of: path)) }

  /// Puts the previous file back in its place. What is there is kept under its name with `.damaged`
  /// behind it.
  ///
  /// - Throws: ``ModelFileError``.
  package static func restorePrevious(of path: String) throws {
    let place = FilePlace(path).path
    guard unsafe rename(place, place + ".damaged") == 0 || errno == ENOENT,
      unsafe rename(previous(of: path), place) == 0
    else { throw failure(path, "cannot be replaced by the previous one") }
  }

  /// Removes what writes to a place have left behind that were ended before they were done.
  package static func removeRemains(of path: String) {
    let place = FilePlace(path)
    let names = (try? FileManager.default.contentsOfDirectory(atPath: place.folder)) ?? []
    for name in names {
      guard let process = place.process(ofTemporary: name), kill(process, 0) != 0, errno == ESRCH
      else { continue }
      _ = unsafe unlink("\(place.folder)/\(name)")
    }
  }

  /// Gives the old file a second name, so that there is a whole one under its own at every moment.
  private static func keepPrevious(of place: FilePlace, for path: String) throws {
    let (previous, temporary) = (place.path + ".previous", place.temporary())
    guard unsafe link(place.path, temporary) == 0 else {
      switch errno {
      case ENOENT: return
      case EPERM, EOPNOTSUPP, ENOSYS, EMLINK, EXDEV:
        // A file system without second names: for a moment there is the previous file alone.
        guard unsafe rename(place.path, previous) == 0 else {
          throw failure(path, "cannot be kept as the previous one")
        }
        return
      default: throw failure(path, "cannot be kept as the previous one")
      }
    }
    // Nothing happens, and the temporary name stays, where both are names of one file already.
    defer { _ = unsafe unlink(temporary) }
    guard unsafe rename(temporary, previous) == 0 else {
      throw failure(path, "cannot be kept as the previous one")
    }
  }

  /// Checks that a file can be put in a place, before the work that leads to it is done.
  ///
  /// - Throws: ``ModelFileError``.
  package static func check(_ path: String) throws {
    let folder = FilePlace(path).folder
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

/// Where a file goes.
package struct FilePlace {
  /// The folder, and the file's name in it.
  package let folder: String
  package let name: String

  package var path: String { "\(folder)/\(name)" }

  /// The place of a path. A link stays a link: what it leads to is meant.
  package init(_ path: String) {
    let url = URL(fileURLWithPath: path).resolvingSymlinksInPath()
    folder = url.deletingLastPathComponent().path
    name = url.lastPathComponent
  }

  /// A path beside the file that nothing occupies, with the number of this process in it.
  func temporary() -> String {
    let process = ProcessInfo.processInfo.processIdentifier
    let unique = String(UInt32.random(in: .min ... .max), radix: 16)
    return "\(folder)/.\(name).\(process).\(unique).tmp"
  }

  /// The process that has made a temporary file for this place; nil for other files.
  func process(ofTemporary file: String) -> pid_t? {
    guard file.hasPrefix(".\(name)."), file.hasSuffix(".tmp") else { return nil }
    let parts = file.dropFirst(name.count + 2).split(separator: ".")
    return parts.count == 3 ? pid_t(String(parts[0])) : nil
  }
}
