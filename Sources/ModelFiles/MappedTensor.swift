import HDF5
import Networks
import Tensors

/// A tensor of an open model file, where it is mapped.
package struct MappedTensor: Sendable {
  /// Its path, as in `/weights/dense_1/kernel`.
  package let path: String
  /// How an element is stored.
  package let elementType: ElementType
  /// The extent along each axis.
  package let shape: Shape
  /// What the index says its bytes have, which nobody has compared with them; nil where the index says
  /// nothing of it, or something else.
  package let digest: Digest?

  private let dataset: NativeDataset

  init(
    _ dataset: NativeDataset, elementType: ElementType, shape: Shape, digest: Digest?
  ) {
    path = dataset.place.path
    self.elementType = elementType
    self.shape = shape
    self.digest = digest
    self.dataset = dataset
  }

  /// The elements, for reading only and for as long as this value is kept.
  ///
  /// - Throws: ``ModelFileError``.
  package func view() throws -> TensorView { try dataset.withView { $0 } }
}

extension ModelFile {
  /// Every tensor of the file but those of the index, in the file's order. No number is read.
  ///
  /// - Throws: ``ModelFileError`` when one has more axes than tensors have.
  package func mappedTensors() throws -> [MappedTensor] {
    try datasets.compactMap { dataset in
      guard let type = ElementType(dataset.type) else { return nil }
      do {
        return MappedTensor(
          dataset, elementType: type, shape: try Shape(checking: dataset.shape),
          digest: comparison.digests[dataset.place.path])
      } catch {
        throw ModelFileError(name, path: dataset.place.path, "\(error)")
      }
    }
  }

  /// The steps that the optimizer has taken to the weights that predictions use, and to those that an
  /// unfinished run goes on from where these are others.
  package var optimizerSteps: (weights: Int, live: Int?) { (optimizerStep, liveOptimizerStep) }
}
