import Foundation
import Tensors

@testable import Formats

/// The fixtures of the repository.
let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
  .appendingPathComponent("../../Fixtures").standardizedFileURL

/// The path of an array of the fixtures, as `damaged/arrays/cut_short.npy`.
func fixture(_ name: String) -> String { fixtures.appendingPathComponent(name).path }

/// A folder that is gone when the test is over.
final class Folder {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory
      .appendingPathComponent("formats-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func path(_ name: String) -> String { url.appendingPathComponent(name).path }

  func bytes(_ name: String) throws -> [UInt8] { try [UInt8](Data(contentsOf: file(name))) }

  func write(_ bytes: [UInt8], to name: String) throws { try Data(bytes).write(to: file(name)) }

  /// Everything in the folder.
  func names() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: url.path).sorted()
  }

  private func file(_ name: String) -> URL { url.appendingPathComponent(name) }
}

/// The message of an error that a closure must throw, without the folder of the file.
func message(_ body: () throws -> Void) -> String {
  do {
    try body()
    return "no error"
  } catch let error as FormatError {
    let name = error.file.split(separator: "/").last.map(String.init) ?? error.file
    return "\(FormatError(name, member: error.member, error.problem))"
  } catch {
    return "another error: \(error)"
  }
}

/// What element k of every array of the fixtures is, `tools/fixtures/numpy_arrays.py`.
func value(_ place: Int, _ type: ElementType) -> Double {
  let step = place * 7 % 11
  switch type {
  case .bool: return step % 2 == 0 ? 1 : 0
  case .uint8, .uint16, .uint32, .uint64: return Double(step)
  case .float16, .float32, .float64, .bfloat16: return Double(step) - 2.75
  default: return Double(step) - 3
  }
}

/// Every array of a file, read to its end.
func contents(_ bytes: [UInt8]) throws -> [String: Tensor] {
  let file = try NumPyFile(FileBytes(bytes, file: "file"))
  if let array = file.onlyArray { return ["": array.tensor()] }
  var arrays: [String: Tensor] = [:]
  for name in file.names { arrays[name] = try file.array(named: name)?.tensor() }
  return arrays
}
