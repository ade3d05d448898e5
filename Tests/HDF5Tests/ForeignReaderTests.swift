import Foundation
import Testing

@testable import HDF5

/// What the reading process is made to do here, a shell does in its place.
@Suite("However the reading process ends, what is left is a value or one line")
struct ForeignReaderTests {
  private let folder: TemporaryFolder
  private let file: String

  init() throws {
    folder = try TemporaryFolder()
    file = foreignFixture("keras_legacy.h5")
  }

  @Test(
    "A crash, an end without words, and words that are none",
    arguments: [
      (
        "kill -SEGV $$",
        "the HDF5 library crashed on it (signal 11); the file is damaged, or made to do so"
      ),
      (
        "kill -ABRT $$",
        "the HDF5 library crashed on it (signal 6); the file is damaged, or made to do so"
      ),
      (
        "kill -BUS $$",
        "the HDF5 library crashed on it (signal 7); the file is damaged, or made to do so"
      ),
      (
        "kill -KILL $$",
        "the process that reads it was killed, which a lack of memory can do; the file is damaged, "
          + "or made to do so"
      ),
      ("kill -TERM $$", "the process that reads it was ended by signal 15"),
      (
        "exit 0",
        "the process that reads it handed over nonsense: expected an HDF5 file, found an empty file"
      ),
      ("printf '/a\\nsaid\\n'; exit 3", "/a: said"),
      (
        "printf '/a\\n'; exec 1>&-; exit 4",
        "the process that reads it (SCRIPT) ended with status 4 and did not say why"
      ),
      ("exit 3", "the process that reads it (SCRIPT) ended with status 3 and did not say why"),
      (
        "shift; while [ $# -gt 1 ]; do shift; done; echo text > \"$1\"",
        "the process that reads it handed over nonsense: expected an HDF5 file, found text"
      ),
    ])
  func ends(script: String, message: String) throws {
    let path = try program(script)
    #expect(found(path) == message.replacing("SCRIPT", with: path))
  }

  @Test("A process that waits for ever is ended when its time is over, silent or not")
  func timeOut() throws {
    for script in ["exec sleep 100", "exec 1>&-; exec sleep 100", "while :; do echo more; done"] {
      #expect(
        found(try program(script), seconds: 1)
          == "reading it took more than 4 seconds; the file is damaged, or made to do so")
    }
  }

  @Test("A program that is not there is said to be so")
  func missing() {
    #expect(
      found("/nowhere/nnmodel")
        == "cannot start /nowhere/nnmodel, which reads such files: no such file or directory")
  }

  @Test("The process is given no environment and nothing to read")
  func inheritance() throws {
    #expect(ProcessInfo.processInfo.environment["HOME"] != nil)
    let script = try program(#"printf '\n(%s)(%s)\n' "$HOME" "$(cat)"; exit 3"#)
    #expect(found(script) == "()()")
  }

  @Test("A native file that is no translation is refused")
  func takenOver() throws {
    let native = folder.file("native.h5")
    try writeSample(to: native)
    let path = try program("shift; while [ $# -gt 1 ]; do shift; done; cat \(native) > \"$1\"")
    #expect(
      found(path)
        == "the process that reads it handed over nonsense: the file is damaged: a translation of "
        + "another version")
  }

  @Test("A translation that contradicts itself is refused", arguments: Forgery.allCases)
  func forged(forgery: Forgery) throws {
    let path = folder.file("forged.h5")
    try forgery.write(to: path)
    let script = try program("shift; while [ $# -gt 1 ]; do shift; done; cat \(path) > \"$1\"")
    #expect(
      found(script)
        == "the process that reads it handed over nonsense: the file is damaged: \(forgery.rawValue)"
    )
  }

  @Test("No change of a byte makes reading end otherwise than with a value or one error")
  func flips() throws {
    for (name, step) in [("keras_legacy.h5", 97), ("small_chunked.h5", 31)] {
      let bytes = try contents(of: foreignFixture(name))
      var (values, errors) = (0, 0)
      for position in stride(from: 0, to: bytes.count, by: step) {
        var changed = bytes
        changed[position] ^= 0xff
        let path = try folder.write(changed, to: "changed.h5")
        do {
          let limits = ForeignLimits(unpackedByteCount: 1 << 20, seconds: 1)
          _ = try ForeignFile(reading: path, limits: limits)
          values += 1
        } catch {
          #expect(!"\(error)".contains("nonsense") && !"\(error)".contains("\n"))
          errors += 1
        }
      }
      #expect(values > 0 && errors > 0, "\(name): \(values) values, \(errors) errors")
    }
  }

  // MARK: -

  /// What reading says that is done by a program.
  private func found(_ program: String, seconds: Int = 20) -> String {
    words {
      _ = try ForeignFile(
        reading: file, limits: ForeignLimits(unpackedByteCount: 1 << 20, seconds: seconds),
        reader: ForeignReader(executable: program))
    }
  }

  /// A program that runs a script: one that lies ready and looks for the script beside the name it
  /// is called by, since a file that was just written cannot always be run.
  private func program(_ script: String) throws -> String {
    let path = folder.file(UUID().uuidString)
    try Data(script.utf8).write(to: URL(fileURLWithPath: path + ".script"))
    try FileManager.default.createSymbolicLink(
      atPath: path, withDestinationPath: foreignFixture("reader.sh"))
    return path
  }
}

/// A translation that no honest process writes, by what is said of it.
enum Forgery: String, CaseIterable, Sendable {
  case noRoot = "a translation without a root"
  case noKind = "an object of no kind"
  case otherTable = "a table of another form"
  case datasetAsRoot = "a root that is no group"
  case ownParent = "an object that is in no group before it"
  case path = "a name that is none"
  case twice = "two children of one name"
  case noValue = "a dataset without a value"
  case noType = "a value without a type"
  case otherTexts = "texts of another form"

  func write(to path: String) throws {
    let file = try File(creating: path)
    var writer = TranslationWriter(file.root)
    if ![.noRoot, .datasetAsRoot, .noKind, .otherTable].contains(self) {
      _ = writer.addObject(.group, name: "", parent: 0)
    }
    switch self {
    case .noRoot: break
    case .noKind, .otherTable:
      let kinds: [UInt8] = self == .noKind ? [7] : [0, 0]
      let zeros = [UInt8](repeating: 0, count: 8)
      try file.root.setAttribute(TranslationPaths.version, .integer(1))
      try file.root.createDataset(
        TranslationPaths.kinds, type: .uint8, shape: [kinds.count], bytes: kinds.span.bytes)
      try file.root.createDataset(
        TranslationPaths.names, type: .uint8, shape: [8], bytes: zeros.span.bytes)
      for name in [TranslationPaths.parents, TranslationPaths.nameEnds] {
        try file.root.createDataset(name, type: .int64, shape: [1], bytes: zeros.span.bytes)
      }
    case .datasetAsRoot: _ = writer.addObject(.dataset, name: "", parent: 0)
    case .ownParent: _ = writer.addObject(.group, name: "a", parent: 1)
    case .path: _ = writer.addObject(.group, name: "a/b", parent: 0)
    case .twice:
      for _ in 0..<2 { _ = writer.addObject(.group, name: "a", parent: 0) }
    case .noValue: _ = writer.addObject(.dataset, name: "a", parent: 0)
    case .noType:
      let place = try writer.placeForValue(of: writer.addObject(.dataset, name: "a", parent: 0))
      try place.group.createText(place.name, "text")
    case .otherTexts:
      let place = try writer.placeForValue(of: writer.addObject(.dataset, name: "a", parent: 0))
      let value = try place.group.createGroup(place.name)
      try value.setAttribute(TranslationPaths.stored, .text("text"))
      try value.createText(TranslationPaths.bytes, "text")
      try value.createText(TranslationPaths.ends, "text")
    }
    if ![.noKind, .otherTable].contains(self) { try writer.finish() }
    try file.close()
  }
}
