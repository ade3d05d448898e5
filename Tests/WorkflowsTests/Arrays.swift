import Foundation
import Layers
import ModelFiles
import Networks
import Tensors
import Training

@testable import Formats

/// A file of the fixtures, as `arrays/usual.npz`.
func fixture(_ name: String) -> String {
  URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Fixtures/\(name)").path
}

extension TemporaryFolder {
  /// Writes a tensor as a `.npy` file.
  func write(_ tensor: Tensor, to name: String) throws -> String {
    try Data(npy(tensor)).write(to: url.appendingPathComponent(name))
    return path(name)
  }

  /// Writes tensors as a `.npz` archive.
  func write(_ tensors: [(name: String, tensor: Tensor)], to name: String) throws -> String {
    let archive = try ZipWriter(creating: path(name), named: name)
    for (name, tensor) in tensors {
      try archive.add(NumPyFile.member(ofArray: name), FileBytes(npy(tensor), file: name))
    }
    try archive.close()
    return path(name)
  }

  /// The only array of a `.npy` file.
  func array(_ name: String) throws -> Tensor { try NumPyArray(path: path(name)).tensor() }

  /// The arrays of a `.npz` file.
  func arrays(_ name: String) throws -> [String: Tensor] {
    let file = try NumPyFile(path: path(name))
    return try Dictionary(
      uniqueKeysWithValues: file.names.map { ($0, try file.array(named: $0)!.tensor()) })
  }

  /// The names of all files.
  func names() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: url.path).sorted()
  }

  private func npy(_ tensor: Tensor) -> [UInt8] {
    NumPyHeader(shape: tensor.shape, elementType: tensor.elementType).encoded()
      + tensor.withView { $0.bytes() }
  }
}

/// The words of an error that a closure must throw, paths without their folder.
func problem(in folder: TemporaryFolder, _ body: () throws -> Void) -> String {
  do {
    try body()
    return "no error"
  } catch { return "\(error)".replacing(folder.url.path + "/", with: "") }
}

extension Model {
  /// A model that knows no columns, with parameters by chance.
  init(_ network: Network, links: [Link] = [.identity], seed: UInt64 = 3) throws {
    self.init(
      network: network,
      snapshot: TrainingSnapshot(try Parameters(for: network, seed: seed)), link: links[0],
      furtherLinks: Array(links.dropFirst()))
  }
}
