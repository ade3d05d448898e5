import Foundation
import Testing

@testable import HDF5

@Suite("A file that attacks its reader is refused in one line")
struct ForeignRefusalTests {
  @Test(
    "Links, other files, unknown filters, and more than a file can hold or may declare",
    arguments: [
      ("soft_link", "/kernel: expected hard links only, found a soft link"),
      ("external_link", "/kernel: expected hard links only, found an external link"),
      ("external_storage", "/kernel: expected data in this file, found external storage"),
      ("virtual_dataset", "/kernel: expected data in this file, found a virtual dataset"),
      ("unknown_filter", "/kernel: expected deflate, shuffle or fletcher32, found filter 32000"),
      (
        "huge",
        "/kernel: the file is damaged: 4398046511104 bytes are declared, which the file is too "
          + "short for"
      ),
      ("cycle", "/a/b/a: expected an object of its own, found a second link to /a"),
      (
        "user_block",
        "expected HDF5 from the first byte on, found 512 bytes of something else before it; "
          + "h5unjam takes them away"
      ),
      ("foreign/foreign_link", "/a/b: expected hard links only, found an external link"),
      ("foreign/many_links", "/a1: expected an object of its own, found a second link to /a0"),
      (
        "foreign/doubling",
        "\(nested(39))/b: expected an object of its own, found a second link to \(nested(40))"
      ),
      ("foreign/deep", "\(nested(65)): expected groups in at most 64 others, found one in more"),
      (
        "foreign/long_path",
        "\(String(repeating: "/" + String(repeating: "n", count: 250), count: 8)): expected paths "
          + "of at most 2048 bytes, found a longer one"
      ),
      ("foreign/long_name", "/: expected names of at most 1024 bytes, found a longer one"),
      (
        "foreign/chunk_bomb",
        "/kernel: the file is damaged: 1099511627776 bytes are declared, which the file is too "
          + "short for"
      ),
      ("foreign/damaged_chunk", "/kernel: cannot read: inflate() failed"),
      (
        "foreign/repeated_text",
        "/: attribute 'texts': expected at most 67108864 bytes of text, found more"
      ),
      ("foreign/family", "cannot open the file: family driver should be used"),
      (
        "foreign/family_part",
        "expected one file, found a part of one that is spread over several"
      ),
      (
        "foreign/long_heap_object",
        "the HDF5 library crashed on it (signal \(SIGSEGV)); the file is damaged, or made to do so"
      ),
    ])
  func attacks(name: String, message: String) {
    #expect(words { _ = try ForeignFile(reading: damagedFixture("\(name).h5")) } == message)
  }

  @Test(
    "What is no attack is read",
    arguments: [
      "attribute_of_any_length", "big_endian", "compound", "old_header", "variable_length",
    ])
  func harmless(name: String) throws {
    #expect(try !ForeignFile(reading: damagedFixture("\(name).h5")).root.childNames.isEmpty)
  }

  @Test("A file that keeps the library busy for ever is given up after its seconds")
  func hang() throws {
    let limits = ForeignLimits(unpackedByteCount: 1 << 20, seconds: 1)
    let message = words {
      _ = try ForeignFile(reading: damagedFixture("foreign/heap_loop.h5"), limits: limits)
    }
    // On a busy machine the clock runs out before the processor's time does.
    #expect(
      ["1 seconds of processor time", "4 seconds"].contains { time in
        message == "reading it took more than \(time); the file is damaged, or made to do so"
      })
  }

  @Test("More than may be unpacked is refused before it is unpacked")
  func bomb() throws {
    let path = damagedFixture("foreign/gzip_bomb.h5")
    #expect(
      words {
        _ = try ForeignFile(
          reading: path, limits: ForeignLimits(unpackedByteCount: 1 << 23, seconds: 20))
      } == "/kernel: expected a file's contents of at most 8388608 bytes unpacked, found more")
    let file = try ForeignFile(reading: path)
    #expect(try file.root.dataset(at: "kernel").value.byteCount == 1 << 24)
  }

  @Test(
    "A file that is there is not read through another one",
    arguments: [
      ("foreign/foreign_link.h5", "../../foreign/types.h5"),
      ("external_storage.h5", "/etc/hostname"),
    ])
  func leaks(name: String, other: String) throws {
    let path = other.hasPrefix("/") ? other : damagedFixture("foreign/\(other)")
    #expect(FileManager.default.fileExists(atPath: path))
    let message = words { _ = try ForeignFile(reading: damagedFixture(name)) }
    #expect(
      message.hasSuffix("found an external link") || message.hasSuffix("found external storage"))
  }
}

private func nested(_ depth: Int) -> String { String(repeating: "/a", count: depth) }
