import HDF5
import Tensors

/// A dataset that is to be written: what it is, and where its bytes are.
///
/// Numbers stay in the tensor that they come from; nothing is copied.
struct WritableDataset: Sendable {
  let type: Datatype
  let shape: [Int]
  let attributes: [String: Attribute]
  private let source: Source

  private enum Source: Sendable {
    case bytes([UInt8])
    case part(Tensor, offset: Int, shape: Shape)
  }

  /// A tensor as a whole.
  init(_ tensor: Tensor, attributes: [String: Attribute] = [:]) {
    self.init(tensor, at: 0, shape: tensor.shape, attributes: attributes)
  }

  /// A range of a tensor's elements under a shape of its own.
  init(_ tensor: Tensor, at offset: Int, shape: Shape, attributes: [String: Attribute] = [:]) {
    type = Datatype(tensor.elementType)
    self.shape = shape.dimensions
    self.attributes = attributes
    source = .part(tensor, offset: offset, shape: shape)
  }

  /// One text, in a field of its own length.
  ///
  /// - Throws: `HDF5Error` for a text with U+0000 in it, which is what ends a stored text.
  init(text: String, at place: Place) throws(HDF5Error) {
    let bytes = try StoredText.bytes(of: text, at: place)
    type = .text(byteCount: bytes.count)
    shape = []
    attributes = [:]
    source = .bytes(bytes)
  }

  /// Texts in fields of one length; nil where one is longer, or has U+0000 in it.
  init?(texts: [String], shape: [Int], fieldByteCount: Int, attributes: [String: Attribute]) {
    var bytes: [UInt8] = []
    for text in texts {
      guard text.utf8.count <= fieldByteCount, !text.utf8.contains(0) else { return nil }
      bytes += Array(text.utf8)
      bytes += [UInt8](repeating: 0, count: fieldByteCount - text.utf8.count)
    }
    type = .text(byteCount: fieldByteCount)
    self.shape = shape
    self.attributes = attributes
    source = .bytes(bytes)
  }
}

extension WritableDataset {
  var byteCount: Int {
    switch source {
    case .bytes(let bytes): bytes.count
    case .part(let tensor, _, let shape): shape.count * tensor.elementType.byteCount
    }
  }

  /// Calls a closure with the bytes.
  func withBytes<Result>(
    _ body: (UnsafeRawBufferPointer) throws -> Result
  ) rethrows -> Result {
    switch source {
    case .bytes(let bytes): try unsafe bytes.withUnsafeBytes(body)
    case .part(let tensor, let offset, let shape):
      try tensor.withView { try unsafe $0.part(at: offset, shape: shape).withBytes(body) }
    }
  }

  /// Creates the dataset in a group.
  func write(_ name: String, into group: Group) throws -> Dataset {
    let dataset = try group.createDataset(name, type: type, shape: shape)
    try unsafe withBytes { bytes in
      // A dataset of no bytes has no address either.
      guard bytes.count > 0 else { return }
      try unsafe dataset.write(RawSpan(_unsafeBytes: bytes))
    }
    for (name, value) in attributes.sorted(by: { $0.key < $1.key }) {
      try dataset.setAttribute(name, value)
    }
    return dataset
  }
}
