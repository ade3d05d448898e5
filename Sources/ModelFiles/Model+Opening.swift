import Foundation
import HDF5

extension Model {
  /// The model as an open file, which is nowhere to be found and goes when nobody keeps it: for what
  /// works on files, and a model that was read from one of another program.
  ///
  /// - Parameter name: what messages call it.
  /// - Throws: ``ModelFileError`` when there is no room for it.
  package func openedFile(named name: String) throws -> ModelFile {
    let place = FileManager.default.temporaryDirectory
      .appendingPathComponent("nnmodel-\(UUID().uuidString).h5").path
    defer { try? FileManager.default.removeItem(atPath: place) }
    do {
      try write(to: place)
      return try ModelFile(NativeFile(reading: place), name: name)
    } catch let error as HDF5Error {
      throw ModelFileError(name, path: error.place.path, "\(error.reason)")
    } catch let error as ModelFileError {
      throw ModelFileError(name, path: error.path, error.problem)
    }
  }
}
