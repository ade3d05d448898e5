import HDF5

/// An HDF5 file that was opened: a model, or what else it is.
public enum OpenedFile: Sendable {
  case model(ModelFile)
  case other(HDF5Contents)

  /// Opens any HDF5 file.
  ///
  /// - Throws: ``ModelFileError`` when it is no HDF5 file, when it is damaged, or when it holds what
  ///   is not read for safety.
  public init(reading path: String) throws {
    switch try ReadTree(path) {
    case .model(let file): self = .model(try ModelFile(file, name: path))
    case .other(let file): self = .other(HDF5Contents(file))
    }
  }
}

/// The structure of an HDF5 file, read by the way that it needs.
enum ReadTree {
  /// A model file, whoever wrote it.
  case model(NativeFile)
  /// Another file.
  case other(ForeignFile)

  /// Reads a native file strictly and in this process; one of another program, and also a model
  /// that another program has written anew, in a process of its own.
  init(_ path: String) throws {
    do throws(HDF5Error) {
      let file = try NativeFile(reading: path)
      if ReadTree.isModel(file.root.attributes[ModelFilePaths.format]) {
        self = .model(file)
        return
      }
    } catch {
      guard error.isOfOtherMaking else { throw ModelFileError(error) }
    }
    self = try wordingErrors {
      let file = try ForeignFile(reading: path)
      let format = try? file.root.attributes[ModelFilePaths.format]?.attribute()
      return ReadTree.isModel(format) ? .model(try file.native()) : .other(file)
    }
  }

  private static func isModel(_ format: Attribute?) -> Bool {
    format == .text(FormatVersion.formatName)
  }
}

extension NativeFile {
  /// The structure of a model file.
  ///
  /// - Throws: ``ModelFileError`` that says what a file is that is none.
  static func model(at path: String) throws -> NativeFile {
    switch try ReadTree(path) {
    case .model(let file): return file
    case .other(let file):
      throw ModelFileError(
        path, "\(ForeignKind(file.root).refusal); see nnmodel inspect \(path)")
    }
  }
}

extension HDF5Error {
  /// Whether a file contradicts nothing but the small part of HDF5 that native files are made of, or
  /// begins with something that other programs may have put before it.
  fileprivate var isOfOtherMaking: Bool {
    switch reason {
    case .notNative, .notHDF5, .wrongType, .unsupported: true
    default: false
    }
  }
}
