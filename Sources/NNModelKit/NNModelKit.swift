// The library in one import: networks, training, tables, model files and those of other programs.
@_exported import Converters
@_exported import Datasets
@_exported import Formats
@_exported import Layers
@_exported import ModelFiles
@_exported import Networks
@_exported import Tensors
@_exported import Training
@_exported import Workflows
