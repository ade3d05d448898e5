import Tensors

/// A tensor of another program's file, whose numbers are read when they are asked for.
package struct StoredTensor: Sendable {
  /// Its name in the file.
  package let name: String

  /// The extent along each axis, outermost first.
  package let shape: Shape

  /// How an element is stored.
  package let elementType: ElementType

  private let read: @Sendable () throws -> Tensor

  /// A tensor that a closure reads.
  package init(
    name: String, shape: Shape, elementType: ElementType,
    reading read: @escaping @Sendable () throws -> Tensor
  ) {
    self.name = name
    self.shape = shape
    self.elementType = elementType
    self.read = read
  }

  /// The numbers.
  ///
  /// - Throws: ``FormatError`` when they are damaged.
  package func tensor() throws -> Tensor { try read() }
}
