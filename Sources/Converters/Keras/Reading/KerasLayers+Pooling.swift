import Formats
import Layers
import Tensors

extension KerasLayers {
  /// Windows without kernels.
  static let pooling: [String: KerasTranslation] = [
    "MaxPooling1D": { try pool($0, $1, axes: 1, isMaximum: true) },
    "MaxPool1D": { try pool($0, $1, axes: 1, isMaximum: true) },
    "MaxPooling2D": { try pool($0, $1, axes: 2, isMaximum: true) },
    "MaxPool2D": { try pool($0, $1, axes: 2, isMaximum: true) },
    "AveragePooling1D": { try pool($0, $1, axes: 1, isMaximum: false) },
    "AvgPool1D": { try pool($0, $1, axes: 1, isMaximum: false) },
    "AveragePooling2D": { try pool($0, $1, axes: 2, isMaximum: false) },
    "AvgPool2D": { try pool($0, $1, axes: 2, isMaximum: false) },
    "GlobalMaxPooling1D": { try global(GlobalMaxPooling(), $0, $1) },
    "GlobalMaxPool1D": { try global(GlobalMaxPooling(), $0, $1) },
    "GlobalMaxPooling2D": { try global(GlobalMaxPooling(), $0, $1) },
    "GlobalMaxPool2D": { try global(GlobalMaxPooling(), $0, $1) },
    "GlobalAveragePooling1D": { try global(GlobalAveragePooling(), $0, $1) },
    "GlobalAvgPool1D": { try global(GlobalAveragePooling(), $0, $1) },
    "GlobalAveragePooling2D": { try global(GlobalAveragePooling(), $0, $1) },
    "GlobalAvgPool2D": { try global(GlobalAveragePooling(), $0, $1) },
  ]

  private static func pool(
    _ use: KerasUse, _ graph: KerasTranslator, axes: Int, isMaximum: Bool
  ) throws -> [KerasValue] {
    let options = use.options
    let size = try options.extents("pool_size", "pool_length", axes: axes, or: 2)
    var stride: [Int]? = try options.extents("strides", "stride", axes: axes, or: 0)
    if stride?.allSatisfy({ $0 == 0 }) == true { stride = nil }
    let padding = try options.padding()
    let layer: any Layer =
      switch (axes, isMaximum) {
      case (1, true): MaxPooling1D(size: size, stride: stride, padding: padding)
      case (1, false): AveragePooling1D(size: size, stride: stride, padding: padding)
      case (_, true): MaxPooling2D(size: size, stride: stride, padding: padding)
      case (_, false): AveragePooling2D(size: size, stride: stride, padding: padding)
      }
    return [
      try graph.spatial(layer, for: use, isChannelsFirst: options.isChannelsFirst()).output
    ]
  }

  private static func global(
    _ layer: any Layer, _ use: KerasUse, _ graph: KerasTranslator
  ) throws -> [KerasValue] {
    let isFirst = try use.options.isChannelsFirst()
    let keepsAxes = try use.options.bool("keepdims", or: false)
    let input = try use.input()
    var result: KerasValue
    if let mask = input.mask, layer is GlobalAveragePooling, input.shape.rank == 2, !isFirst {
      let taken = try graph.unmoved(input, use)
      result = try graph.add(
        MaskedAverage(), for: use, to: [taken, graph.value(of: mask, use)])
    } else {
      result = try graph.spatial(layer, for: use, isChannelsFirst: isFirst).output
      result.isMoved = false
    }
    if keepsAxes {
      let channels = result.spec.shape.last
      let ones = Array(repeating: 1, count: input.shape.rank - 1)
      result = try graph.add(
        Reshape(isFirst ? [channels] + ones : ones + [channels]), for: use, part: "axes",
        to: [result])
    }
    return [result]
  }

  /// Cells around a sequence or a plane, and between its cells.
  static let borders: [String: KerasTranslation] = [
    "ZeroPadding1D": { use, graph in
      let cells = try use.options.cells("padding", axes: 1)
      return [try border(ZeroPadding1D(cells), use, graph)]
    },
    "ZeroPadding2D": { use, graph in
      let cells = try use.options.cells("padding", axes: 2)
      return [try border(ZeroPadding2D(cells), use, graph)]
    },
    "Cropping1D": { use, graph in
      let cells = try use.options.cells("cropping", axes: 1)
      return [try border(Cropping1D(cells), use, graph)]
    },
    "Cropping2D": { use, graph in
      let cells = try use.options.cells("cropping", axes: 2)
      return [try border(Cropping2D(cells), use, graph)]
    },
    "UpSampling1D": { use, graph in
      let factor = try use.options.extents("size", "length", axes: 1, or: 2)
      return [try border(Upsampling1D(factor), use, graph)]
    },
    "UpSampling2D": { use, graph in
      let factor = try use.options.extents("size", axes: 2, or: 2)
      let name = try use.options.text("interpolation", or: "nearest")
      guard let interpolation = Interpolation(rawValue: name) else {
        throw use.options.error(
          "interpolation", expected: "nearest or bilinear", found: "'\(name)'")
      }
      return [try border(Upsampling2D(factor, interpolation: interpolation), use, graph)]
    },
  ]

  private static func border(
    _ layer: any Layer, _ use: KerasUse, _ graph: KerasTranslator
  ) throws -> KerasValue {
    try graph.spatial(layer, for: use, isChannelsFirst: use.options.isChannelsFirst()).output
  }
}
