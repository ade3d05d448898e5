import Tensors

/// Writes a `.npz` archive of arrays by name, as `numpy.savez` does.
package enum NumPyArchiveWriter {
  /// Writes all tensors.
  ///
  /// - Parameters:
  ///   - path: where to; nothing is there.
  ///   - file: what it is called in messages.
  /// - Precondition: no element is a bfloat16, which NumPy does not have.
  /// - Throws: ``FormatError``.
  package static func write(
    _ tensors: [StoredTensor], creating path: String, named file: String
  ) throws {
    let writer = try ZipWriter(creating: path, named: file)
    for tensor in tensors {
      let header = NumPyHeader(shape: tensor.shape, elementType: tensor.elementType).encoded()
      let numbers = try tensor.tensor()
      let member = NumPyFile.member(ofArray: tensor.name)
      try writer.add(member, FileBytes(header, numbers, file: file, member: member))
    }
    try writer.close()
  }
}

extension FileBytes {
  /// A copy of bytes, and of the numbers of a tensor behind them.
  convenience init(
    _ start: [UInt8], _ tensor: Tensor, file: String, member: String
  ) throws(FormatError) {
    try unsafe self.init(
      byteCount: start.count + tensor.byteCount, file: file, member: member
    ) { memory throws(FormatError) in
      unsafe memory.copyBytes(from: start)
      tensor.withView { view in
        unsafe view.withBytes { bytes in
          unsafe UnsafeMutableRawBufferPointer(rebasing: memory[start.count...])
            .copyMemory(from: bytes)
        }
      }
    }
  }
}
