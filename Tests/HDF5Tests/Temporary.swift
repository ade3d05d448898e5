import Foundation

@testable import HDF5

/// A folder that is removed when the test that made it ends.
final class TemporaryFolder {
  let path: String

  init() throws {
    let url = FileManager.default.temporaryDirectory
      .appendingPathComponent("nnmodel-hdf5-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String) -> String { path + "/" + name }

  /// Writes a file and returns its path.
  func write(_ bytes: [UInt8], to name: String) throws -> String {
    try Data(bytes).write(to: URL(fileURLWithPath: file(name)))
    return file(name)
  }
}

/// All bytes of a file.
func contents(of path: String) throws -> [UInt8] {
  try [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))
}

/// A file of the repository's `Fixtures/damaged`.
func damagedFixture(_ name: String) -> String {
  URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../Fixtures/damaged/\(name)").standardizedFileURL.path
}

/// The words of the error that a closure throws, without the name of the file.
func words(of body: () throws -> Void) -> String {
  do {
    try body()
    return "no error"
  } catch let error as HDF5Error {
    return error.place.path.isEmpty
      ? error.reason.description : "\(error.place.path): \(error.reason)"
  } catch {
    return "another error: \(error)"
  }
}

/// Bytes that differ from place to place.
func pattern(_ count: Int, seed: Int = 0) -> [UInt8] {
  (0..<count).map { UInt8(truncatingIfNeeded: ($0 &+ seed) &* 167 &+ $0 / 251) }
}

/// A small file with everything in it that a model file has.
func writeSample(
  to path: String, note: String = "größer als π", metadataBlockSize: Int = 64 << 10
) throws {
  let file = try File(creating: path, metadataBlockSize: metadataBlockSize)
  try file.root.setAttribute("format", .text("nnmodel"))
  try file.root.setAttribute("format_version", .integers([1, 0]))
  try file.root.createText("graph", #"{"name":"\#(note)"}"#)
  let weights = try file.root.createGroup("weights")
  for (index, type) in Datatype.numbers.enumerated() {
    let bytes = pattern(15 * type.byteCount, seed: index)
    let dataset = try weights.createDataset(
      "\(type)", type: type, shape: [3, 5], bytes: bytes.span.bytes)
    try dataset.setAttribute("layout", .text("in,out"))
  }
  try weights.createDataset("empty", type: .float32, shape: [0, 3], bytes: [UInt8]().span.bytes)
  try weights.createDataset("step", type: .int64, shape: [], bytes: pattern(8).span.bytes)
  try file.close()
}
