import Foundation
import Fuzzing
import Testing

/// Numbers and names in the texts of a file that once ended the program, or were taken for what
/// they are not.
@Suite("Hostile texts")
struct HostileTextTests {
  /// A change of a text in a sample file, and what the message must hold.
  struct Change: CustomTestStringConvertible, Sendable {
    var sample: String
    var old: String
    var new: String
    var message: String

    var testDescription: String { "\(sample): \(new.prefix(60))" }
  }

  static let changes = [
    // Products of extents that do not fit.
    Change(
      sample: "untrained", old: #""units":2"#, new: #""units":2199023255552"#,
      message: "at most 2^41"),
    Change(
      sample: "embedding", old: #""vocabulary_size":4"#, new: #""vocabulary_size":2199023255552"#,
      message: "at most 2^41"),
    Change(
      sample: "untrained", old: #""name":"y","shape":[4]"#,
      new: #""name":"y","shape":[0,4611686018427387904,4]"#, message: "at most 2^41"),
    // A batch has one axis more.
    Change(
      sample: "untrained", old: #""name":"y","shape":[4]"#,
      new: #""name":"y","shape":[4,1,1,1,1,1,1,1]"#, message: "at most 7 axes"),
    Change(
      sample: "untrained", old: #""outputs":["activation_1"]"#,
      new: #""outputs":["activation_1","activation_1"]"#, message: "is an output twice"),
    Change(
      sample: "first_epoch", old: #""epochs":3"#, new: #""epochs":9223372036854775807"#,
      message: "epochs: expected 1 or more"),
    Change(
      sample: "first_epoch", old: #""batch_size":8"#, new: #""batch_size":9223372036854775807"#,
      message: "batch_size: expected 1 or more"),
    Change(
      sample: "under_way", old: #""waited":"#, new: #""waited":9223372036854775807,"old":"#,
      message: "expected 0 to 2^48"),
    Change(
      sample: "first_epoch", old: #""optimizer_step":"#,
      new: #""optimizer_step":9223372036854775807,"old":"#, message: "expected 0 to 2^48"),
    Change(
      sample: "first_epoch", old: #""optimizer_step":"#, new: #""optimizer_step":-1,"old":"#,
      message: "expected 0 to 2^48"),
    // Two names that are one in a dictionary would shift the meaning of all that follow.
    Change(
      sample: "finished", old: #""classes":["blue","green","red"]"#,
      new: #""classes":["blue"," ","red"]"#, message: "found ' '"),
    Change(
      sample: "finished", old: #""classes":["blue","green","red"],"counts":["#,
      new: #""classes":[],"counts":[],"old":["#, message: "at least one class"),
  ]

  @Test("They are refused with the place and what was expected", arguments: changes)
  func refused(change: Change) throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("nnmodel-hostile-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let file = HostileTextTests.samples.first { $0.name == change.sample }
    let bytes = try #require(file).bytes
    let changed = try #require(
      Signing.replacing(change.old, with: change.new, in: bytes), "nothing is changed")
    #expect(changed != bytes)
    let target = ModelTarget(folder: folder)
    #expect(try !target.run(changed).isOpened)
    let message = try #require(target.lastMessage)
    #expect(message.contains(change.message), "\(message)")
  }

  private static let samples: [(name: String, bytes: [UInt8])] = {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("nnmodel-samples-\(UUID().uuidString)").path
    try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return (try? SampleFiles(in: folder).files) ?? []
  }()
}
