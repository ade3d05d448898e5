import Formats
import ModelFiles
import Tensors

/// A tensor of a file of any kind, whose numbers are looked at when they are needed.
struct ReadableTensor {
  /// Its path in the file, without a slash in front.
  let path: String
  let elementType: ElementType
  let shape: Shape
  /// What its bytes are known to have; nil where nothing is known of them.
  let digest: Digest?
  /// Whether the numbers take memory of their own when they are looked at.
  let isLoaded: Bool

  private let read: () throws -> (view: TensorView, owner: any Sendable)

  /// A tensor of a model file.
  init(_ tensor: MappedTensor) {
    path = String(tensor.path.drop { $0 == "/" })
    elementType = tensor.elementType
    shape = tensor.shape
    digest = tensor.digest
    isLoaded = false
    read = { (try tensor.view(), tensor) }
  }

  /// A tensor of a file without a graph.
  init(_ tensor: Formats.StoredTensor) {
    path = tensor.name
    elementType = tensor.elementType
    shape = tensor.shape
    digest = nil
    isLoaded = true
    read = {
      let loaded = try tensor.tensor()
      return (loaded.borrowedView(), loaded)
    }
  }

  var byteCount: Int { shape.count * elementType.byteCount }

  /// The numbers, for as long as the owner is kept.
  ///
  /// - Throws: the error of the file.
  func open() throws -> (view: TensorView, owner: any Sendable) { try read() }
}
