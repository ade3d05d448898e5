import Foundation
import HDF5
import Networks
import Tensors
import Testing

@testable import ModelFiles

@Suite struct IndexTests {
  @Test("The index names every dataset with its place, type, shape and SHA-256")
  func rows() throws {
    let folder = try TemporaryFolder()
    try SampleRun().model(after: 11).write(to: folder.file("model.h5"))
    let bytes = try contents(of: folder.file("model.h5"))
    let file = try ModelFile(reading: folder.file("model.h5"))
    let index = try #require(try ModelIndex(in: file.root))
    #expect(index.rows.map(\.path) == file.datasets.map(\.place.path))
    #expect(index.rows.contains { $0.path == "/weights/dense_1/kernel" && $0.type == "float32" })
    #expect(index.rows.contains { $0.path == "/model/network" && $0.type == "text" })
    for row in index.rows {
      let stored = Array(bytes[row.offset..<row.offset + row.byteCount])
      #expect(Digest(of: stored) == row.digest, "\(row.path)")
    }
    #expect(file.identity == index.identity && file.weightsIdentity == index.weightsIdentity)
    #expect(file.notes == [] && file.verify() == [])
  }

  @Test("An identity is the SHA-256 of the listing that is documented")
  func listing() throws {
    let row = { (path: String, shape: [Int]) in
      ModelIndex.Row(
        path: path, type: "float32", shape: shape, offset: 64, byteCount: 4,
        digest: Digest(of: [1, 2, 3, 4]))
    }
    // As `printf '\001\002\003\004' | sha256sum` has it.
    let hash = row("", []).digest.hexadecimal
    #expect(hash == "9f64a747e1b97f131fabb6b447296c9b6f0201e79fb3c5356e6c77e89b6a806a")
    let listing = "\(hash) float32 [] /weights/a\0\(hash) float32 [2,3] /weights/b\0"
    let rows = [row("/weights/b", [2, 3]), row("/weights/a", [])]
    #expect(ModelIndex.identity(of: rows) == Digest(of: Array(listing.utf8)).hexadecimal)
  }

  @Test("Equal models have one identity, and a weight that differs by its last bit has another")
  func identity() throws {
    let folder = try TemporaryFolder()
    func identities(_ model: Model) throws -> [String] {
      try model.write(to: folder.file("model.h5"))
      let file = try ModelFile(reading: folder.file("model.h5"))
      return [file.identity, file.weightsIdentity]
    }
    let model = try SampleRun().model()
    let first = try identities(model)
    #expect(try identities(SampleRun().model()) == first)
    var nearby = model
    var kernel: [Float] = try #require(model.parameters["dense_1/kernel"]).elements()
    kernel[0] = kernel[0].nextUp
    let shape = try #require(model.parameters["dense_1/kernel"]).shape
    nearby.snapshot.parameters["dense_1/kernel"] = Tensor(kernel, shape: shape)
    let second = try identities(nearby)
    #expect(second[0] != first[0] && second[1] != first[1])
    // Another origin is another file of the same weights.
    var renamed = model
    renamed.provenance.commandLine = ["nnmodel", "train", "other.csv"]
    let third = try identities(renamed)
    #expect(third[0] != first[0] && third[1] == first[1])
  }

  @Test("A file that was rewritten keeps its identity, and says that its index was rebuilt")
  func rewriting() throws {
    let folder = try TemporaryFolder()
    try SampleRun().model(after: 11).write(to: folder.file("model.h5"))
    let original = try ModelFile(reading: folder.file("model.h5"))
    try copyFile(folder.file("model.h5"), to: folder.file("copy.h5"))
    try check(folder.file("copy.h5"), against: original)
    let withoutIndex = folder.file("bare.h5")
    try copyFile(folder.file("model.h5"), to: withoutIndex, keeps: { $0 != "/index" })
    try check(withoutIndex, against: original)
    let problems = try ModelFile(reading: withoutIndex).verify()
    #expect(problems.map(\.description) == ["/index: is missing"])
  }

  @Test(
    "After h5repack a file loads with the identity it had",
    .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/h5repack")),
    arguments: [
      // The latest file format, data aligned to 64 bytes, and children in their groups' headers:
      // this stays native. All others are read in a process of its own.
      ["-L", "-t", "1", "-a", "64", "-c", "65535"],
      ["-L"], [], ["--low=0", "--high=2"],
      ["-l", "CHUNK=2", "-f", "SHUF", "-f", "GZIP=9"],
      ["-l", "CHUNK=3", "-f", "FLET"], ["-l", "COMPA"],
    ])
  func repacking(options: [String]) throws {
    let folder = try TemporaryFolder()
    try SampleRun().model(after: 11).write(to: folder.file("model.h5"))
    let original = try ModelFile(reading: folder.file("model.h5"))
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/h5repack")
    process.arguments = options + [folder.file("model.h5"), folder.file("packed.h5")]
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    try check(folder.file("packed.h5"), against: original)
  }

  private func check(_ path: String, against original: ModelFile) throws {
    let file = try ModelFile(reading: path)
    #expect(file.identity == original.identity)
    #expect(file.weightsIdentity == original.weightsIdentity)
    let note = try #require(file.notes.first)
    #expect(note.contains("index was rebuilt"), "\(note)")
    try file.checkDigests()
    #expect(try file.parameters() == original.parameters())
    let problems = file.verify()
    #expect(!problems.isEmpty && problems.allSatisfy { $0.kind == .index && $0.isTolerated })
    // Written again it is as it was at first, to the byte.
    try file.model().write(to: path + ".again")
    #expect(try contents(of: path + ".again") == contents(of: original.name))
  }
}
