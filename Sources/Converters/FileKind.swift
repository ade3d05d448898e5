/// What kind of model a file holds, whatever it is called.
public enum FileKind: String, Codable, Hashable, Sendable, CaseIterable {
  /// A model file of this project.
  case nnmodel
  /// A `.keras` archive.
  case keras
  /// A whole model of Keras in one HDF5 file, as all its versions wrote.
  case kerasHDF5 = "keras-h5"
  /// Weights of Keras without their graph, `.weights.h5`.
  case kerasWeights = "keras-weights"
  case onnx
  /// A zip checkpoint of PyTorch.
  case pyTorch = "pytorch"
  case safetensors
  /// Arrays of NumPy.
  case npz
}
