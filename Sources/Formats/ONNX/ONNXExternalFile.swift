#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Numbers of an ONNX model that stand in a file of their own.
///
/// The file must be beside the model or in a folder below: a path that leads elsewhere, and a link in
/// place of a file or folder, are refused, since a model from a stranger could otherwise read any file.
enum ONNXExternalFile {
  /// The file that a tensor names, and where in it the numbers are.
  ///
  /// - Throws: ``FormatError``.
  static func bytes(
    of tensor: ONNXTensorData, beside file: String
  ) throws(FormatError) -> (FileBytes, Range<Int>) {
    var location: String?
    var offset = 0
    var length: Int?
    for entry in tensor.externalData {
      switch entry.key {
      case "location": location = entry.value
      case "offset": offset = try number(entry, tensor, file)
      case "length": length = try number(entry, tensor, file)
      case "checksum", "basepath": break
      default:
        throw tensor.problem(file, "external data has an unknown entry '\(entry.key)'")
      }
    }
    guard let location else {
      throw tensor.problem(file, "external data names no file")
    }
    let parts = location.split(separator: "/", omittingEmptySubsequences: false)
    let isInside =
      !parts.isEmpty && parts.allSatisfy { !$0.isEmpty && $0 != ".." && $0 != "." }
      && !location.contains("\\") && !location.contains("\0")
    guard isInside else {
      throw tensor.problem(
        file, "external data: expected a file beside the model, found '\(location)'")
    }
    let folder = file.lastIndex(of: "/").map { String(file[...$0]) } ?? "./"
    let bytes = try open(parts.map(String.init), in: folder, location, tensor, file)
    let (end, overflow) = offset.addingReportingOverflow(length ?? 0)
    guard !overflow, offset <= bytes.byteCount, end <= bytes.byteCount else {
      throw tensor.problem(
        file,
        "external data: expected \(length.map { "\($0)" } ?? "some") bytes from \(offset), found a "
          + "file '\(location)' of \(bytes.byteCount)")
    }
    return (bytes, offset..<(length == nil ? bytes.byteCount : end))
  }

  private static func number(
    _ entry: ONNXStringEntry, _ tensor: ONNXTensorData, _ file: String
  ) throws(FormatError) -> Int {
    guard let value = Int(entry.value), value >= 0 else {
      throw tensor.problem(
        file, "external data: \(entry.key): expected a number of bytes, found '\(entry.value)'")
    }
    return value
  }

  /// Goes down from folder to folder, following no link.
  private static func open(
    _ parts: [String], in folder: String, _ location: String, _ tensor: ONNXTensorData,
    _ file: String
  ) throws(FormatError) -> FileBytes {
    func refusal() -> FormatError {
      let isLink = errno == ELOOP || errno == ENOTDIR
      return tensor.problem(
        file,
        "external data: '\(location)' "
          + (isLink ? "is reached through a link, which is not followed" : "cannot be opened: ")
          + (isLink ? "" : unsafe String(cString: strerror(errno)).lowercased()))
    }
    var descriptor = unsafe openat(AT_FDCWD, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw refusal() }
    defer { close(descriptor) }
    for (index, part) in parts.enumerated() {
      let isFolder = index < parts.count - 1
      let next = unsafe openat(
        descriptor, part,
        O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | (isFolder ? O_DIRECTORY : 0))
      guard next >= 0 else { throw refusal() }
      close(descriptor)
      descriptor = next
    }
    return try FileBytes(descriptor: descriptor, file: location)
  }
}
