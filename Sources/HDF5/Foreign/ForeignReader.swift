#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The program that reads foreign files in a process of its own: the tool `nnmodel`.
///
/// It is the tool itself where that asks. A program of the library's users names the tool in the
/// environment variable `NNMODEL_TOOL`, or has it beside itself or on `PATH`.
package struct ForeignReader: Sendable {
  /// The name of the tool's command, which help does not show.
  package static let command = "translate-hdf5"
  /// The options of the command.
  package static let unpackedBytesOption = "unpacked-bytes"
  package static let secondsOption = "seconds"
  /// How the process ends that has refused a file and has said why on standard output: where in the
  /// file on the first line, and what is wrong on the second.
  package static let refusalStatus: CInt = 3

  /// The environment variable that names the tool.
  static let variable = "NNMODEL_TOOL"
  static let toolName = "nnmodel"

  let executable: String

  /// A program that does as the tool does.
  package init(executable: String) { self.executable = executable }

  /// Looks for the tool.
  ///
  /// - Throws: ``HDF5Error`` that says where it was looked for.
  package init(for place: Place) throws(HDF5Error) {
    if let named = ForeignReader.environment(ForeignReader.variable), !named.isEmpty {
      executable = named
      return
    }
    let own = ForeignReader.ownPath()
    let (folder, name) = ForeignReader.split(own)
    if name == ForeignReader.toolName {
      #if os(Linux)
        // The running program, even where another one lies in its place by now.
        executable = "/proc/self/exe"
      #else
        executable = own
      #endif
      return
    }
    let path = (ForeignReader.environment("PATH") ?? "").split(separator: ":").map(String.init)
    let candidates = ([folder] + path).filter { $0.hasPrefix("/") }.map {
      $0 + "/" + ForeignReader.toolName
    }
    guard let found = candidates.first(where: ForeignReader.isProgram) else {
      throw HDF5Error(
        place,
        .foreign(
          "an HDF5 file of another program, which the tool \(ForeignReader.toolName) reads in a "
            + "process of its own; it is neither beside \(own) nor on PATH; name it in "
            + ForeignReader.variable))
    }
    executable = found
  }

  private static func environment(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }
  }

  private static func isProgram(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
      && access(path, X_OK) == 0
  }

  private static func split(_ path: String) -> (folder: String, name: String) {
    let end = path.lastIndex(of: "/") ?? path.startIndex
    return (String(path[..<end]), String(path[end...].drop { $0 == "/" }))
  }

  /// Where the running program lies; empty where the system does not say.
  private static func ownPath() -> String {
    var buffer = [CChar](repeating: 0, count: 4096)
    #if os(Linux)
      let length = readlink("/proc/self/exe", &buffer, buffer.count - 1)
      guard length > 0 else { return "" }
    #else
      var size = UInt32(buffer.count)
      guard _NSGetExecutablePath(&buffer, &size) == 0 else { return "" }
    #endif
    return buffer.withUnsafeBufferPointer { buffer in
      buffer.baseAddress.map { String(cString: $0) } ?? ""
    }
  }
}

// MARK: - Reading

extension ForeignReader {
  /// Has a file translated.
  ///
  /// - Parameter output: an empty file that takes the translation and loses its name by it.
  /// - Throws: ``HDF5Error`` for every end of the process but a good one.
  func translate(
    _ path: String, into output: String, limits: ForeignLimits
  ) throws(HDF5Error) {
    let place = Place(file: path)
    let arguments = [
      ForeignReader.toolName, ForeignReader.command,
      "--\(ForeignReader.unpackedBytesOption)", "\(limits.unpackedByteCount)",
      "--\(ForeignReader.secondsOption)", "\(limits.seconds)", "--", path, output,
    ]
    let process: ChildProcess
    do throws(ChildProcess.Failure) {
      process = try ChildProcess(executable, arguments)
    } catch {
      throw failure(place, "cannot start \(executable), which reads such files: \(error.words)")
    }
    let (end, message) = process.finish(
      within: limits.clockSeconds, messageLimit: ForeignLimits.messageLength)
    switch end {
    case .exited(0): return
    case .exited(let status):
      if status == ForeignReader.refusalStatus, let refusal = ForeignReader.refusal(in: message) {
        throw HDF5Error(Place(file: path, path: refusal.path), .foreign(refusal.words))
      }
      throw failure(
        place,
        "the process that reads it (\(executable)) ended with status \(status) and did not say why")
    case .signalled(let signal):
      throw failure(place, ForeignReader.words(forSignal: signal, limits: limits))
    case .timedOut:
      throw failure(
        place,
        "reading it took more than \(limits.clockSeconds) seconds" + ForeignReader.suspicion)
    case .unknown:
      throw failure(place, "the end of the process that reads it could not be seen")
    }
  }

  private static let suspicion = "; the file is damaged, or made to do so"

  private func failure(_ place: Place, _ words: String) -> HDF5Error {
    HDF5Error(place, .foreign(words))
  }

  /// What a signal that ended the process tells of the file.
  private static func words(forSignal signal: CInt, limits: ForeignLimits) -> String {
    switch signal {
    case SIGXCPU:
      return "reading it took more than \(limits.seconds) seconds of processor time" + suspicion
    case SIGKILL:
      return "the process that reads it was killed, which a lack of memory can do" + suspicion
    case SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT:
      return "the HDF5 library crashed on it (signal \(signal))" + suspicion
    default: return "the process that reads it was ended by signal \(signal)"
    }
  }

  /// The two lines of a refusal: where in the file, and what is wrong there.
  private static func refusal(in message: [UInt8]) -> (path: String, words: String)? {
    let lines = message.split(separator: 0x0a, omittingEmptySubsequences: false).map { line in
      String(decoding: line, as: UTF8.self)
    }
    guard lines.count >= 2, !lines[1].isEmpty else { return nil }
    return (lines[0], lines[1])
  }
}
