import Formats
import Layers
import ModelFiles
import Networks
import Tensors
import Testing
import Training

@testable import Converters

/// A network for weights to be written of.
struct WeightSample: CustomTestStringConvertible, Sendable {
  let testDescription: String
  let network: Network

  init(_ layer: any Layer, _ inputs: Shape..., isIndices: Bool = false) throws {
    let builder = NetworkBuilder()
    let values = inputs.enumerated().map {
      builder.input("x\($0.offset)", shape: $0.element, isIndices: isIndices)
    }
    network = try builder.network(outputs: builder.add(layer, to: values))
    testDescription = "\(layer)"
  }

  init(_ name: String, _ network: Network) {
    testDescription = name
    self.network = network
  }

  /// Every layer with parameters in every form, and networks with their own orders.
  static func all() throws -> [WeightSample] {
    let both = Bidirectional(LSTM(2, returnsSequence: true))
    var samples = [
      try WeightSample(Dense(5), [3]), try WeightSample(Dense(2, usesBias: false), [3, 4]),
      // In tiles.
      try WeightSample(Dense(48), [32]), try WeightSample(Convolution2D(16), [5, 4, 32]),
      try WeightSample(Embedding(vocabularySize: 5, dimension: 3), [4], isIndices: true),
      try WeightSample(PReLU(), [3, 4]), try WeightSample(PReLU(), [1]),
      try WeightSample(PReLU(sharesPositions: false), [3, 4]),
      try WeightSample(Convolution1D(4, groups: 2), [7, 2]),
      try WeightSample(Convolution2D(6, kernelSize: [3, 2], groups: 3), [5, 4, 3]),
      try WeightSample(Convolution2D(5, kernelSize: [1, 1], usesBias: false), [3, 3, 7]),
      try WeightSample(DepthwiseConvolution1D(multiplier: 2), [6, 3]),
      try WeightSample(DepthwiseConvolution2D(kernelSize: [2, 3], multiplier: 3), [5, 4, 3]),
      try WeightSample(SeparableConvolution1D(4, multiplier: 2), [5, 3]),
      try WeightSample(SeparableConvolution2D(3, kernelSize: [3, 2], usesBias: false), [4, 3, 2]),
      try WeightSample(TransposedConvolution1D(4, kernelSize: [4], groups: 2), [3, 2]),
      try WeightSample(TransposedConvolution2D(3, kernelSize: [3, 2]), [3, 4, 2]),
      try WeightSample(BatchNormalization(), [3, 5]),
      try WeightSample(BatchNormalization(usesScale: false), [5]),
      try WeightSample(BatchNormalization(usesShift: false), [5]),
      try WeightSample(BatchNormalization(usesScale: false, usesShift: false), [3]),
      try WeightSample(LayerNormalization(), [3, 7]),
      try WeightSample(LayerNormalization(usesScale: false), [7]),
      try WeightSample(LayerNormalization(usesShift: false), [7]),
      try WeightSample(GroupNormalization(2), [3, 4, 6]),
      try WeightSample(GroupNormalization(2, usesScale: false), [6]),
      try WeightSample(RMSNormalization(), [7]), try WeightSample(Normalization(), [3, 4]),
      try WeightSample(SimpleRecurrent(3), [4, 2]), try WeightSample(GRU(3), [4, 2]),
      try WeightSample(GRU(3, usesBias: false), [4, 2]), try WeightSample(LSTM(3), [4, 2]),
      try WeightSample(LSTM(3, goesBackwards: true), [4, 2]), try WeightSample(both, [4, 3]),
      try WeightSample(Bidirectional(GRU(2), merge: .sum), [4, 3]),
      try WeightSample(MultiHeadAttention(heads: 2, keySize: 3), [4, 6]),
      try WeightSample(MultiHeadAttention(heads: 2, keySize: 3), [4, 5]),
      try WeightSample(
        MultiHeadAttention(heads: 3, keySize: 2, valueSize: 4, usesBias: false), [5, 6], [4, 3]),
      try WeightSample(PositionalEmbedding(6), [4, 3]),
    ]
    samples.append(WeightSample("a convolution before dense layers", try flattened()))
    samples.append(
      WeightSample(
        "a dense layer before planes",
        try Network.sequential(input: [3]) {
          Dense(24)
          PReLU()
          Reshape([2, 3, 4])
          TransposedConvolution2D(2)
          Flatten()
          Dense(12)
          Reshape([2, 2, 3])
          Convolution2D(1, kernelSize: [1, 1])
        }))
    samples.append(WeightSample("two flattened inputs side by side", try joined()))
    for first in [false, true] {
      samples.append(WeightSample("two transformer blocks", try blocks(first)))
    }
    return samples
  }

  /// Features whose order is another one in PyTorch, up to the second dense layer.
  static func flattened() throws -> Network {
    try Network.sequential(input: [6, 5, 3]) {
      Convolution2D(4)
      BatchNormalization()
      Flatten()
      Activation(.relu)
      BatchNormalization()
      Dense(5)
      Dense(5)
    }
  }

  private static func joined() throws -> Network {
    let builder = NetworkBuilder()
    let left = builder.add(Convolution1D(3), to: builder.input("left", shape: [6, 2]))
    let right = builder.add(MaxPooling2D(), to: builder.input("right", shape: [4, 4, 3]))
    let plain = builder.input("plain", shape: [5])
    let all = builder.add(
      Concatenate(), to: builder.add(Flatten(), to: left), plain,
      builder.add(Reshape([-1]), to: right))
    return try builder.network(outputs: builder.add(Dense(2), to: builder.add(PReLU(), to: all)))
  }

  static func blocks(_ normalizesFirst: Bool) throws -> Network {
    let builder = NetworkBuilder()
    var value = builder.input("x", shape: [4, 6])
    for _ in 0..<2 {
      value = builder.add(
        TransformerBlock(heads: 2, units: 6, normalizesFirst: normalizesFirst), to: value,
        features: 6)
    }
    return try builder.network(outputs: builder.add(Dense(2), named: "head", to: value))
  }
}

@Suite("Weights out and in")
struct WeightsRoundTripTests {
  @Test("What is written is read again, bit for bit", arguments: try WeightSample.all())
  func roundTrip(sample: WeightSample) throws {
    let folder = try WeightFolder()
    let model = try Model.random(sample.network)
    for (name, exporter) in [
      ("a.safetensors", SafetensorsConverter.self as any ModelExporter.Type),
      ("a.npz", NumPyConverter.self), ("a.pt", PyTorchConverter.self),
    ] {
      let path = folder.path(name)
      var log = ConversionLog(file: path)
      try exporter.write(model, to: path, log: &log)
      let importer = try #require(
        Converters.weightsImporters.first { $0.kind == exporter.kind })
      var read = ConversionLog(file: path)
      let again = try importer.model(
        reading: path, onto: model.emptied, matching: WeightOptions(), log: &read)
      #expect(again.parameters == model.parameters, "\(name)")
      #expect(try FileKind(ofFile: path) == exporter.kind)
    }
    var log = ConversionLog(file: "")
    let again = try SafetensorsConverter.model(reading: folder.path("a.safetensors"), log: &log)
    #expect(again.network == model.network && again.parameters == model.parameters)
    #expect(try folder.names() == ["a.npz", "a.pt", "a.safetensors"])
  }

  @Test("Several files and an index are one model", arguments: [1, 200, 1 << 20])
  func sharded(limit: Int) throws {
    let folder = try WeightFolder()
    let model = try Model.random(WeightSample.flattened(), link: .softmax)
    let path = folder.path("big.safetensors.index.json")
    var log = ConversionLog(file: path)
    try SafetensorsConverter.write(model, to: path, partLimit: limit, log: &log)
    let names = try folder.names()
    #expect(names.count == (limit == 1 ? 17 : limit == 200 ? 9 : 2))
    #expect(names.contains("big.safetensors.index.json"))
    var read = ConversionLog(file: path)
    let again = try SafetensorsConverter.model(reading: path, log: &read)
    #expect(again.parameters == model.parameters && again.link == .softmax)
  }

  @Test("Weights of 16 bits stay so in files, and are float32 when they are read")
  func halfPrecision() throws {
    let folder = try WeightFolder()
    var model = try Model.random(WeightSample.flattened())
    for type in [ElementType.float16, .bfloat16, .float64] {
      model.snapshot = TrainingSnapshot(model.parameters.converted(to: type))
      let path = folder.path("a.pt")
      var log = ConversionLog(file: path)
      try PyTorchConverter.write(model, to: path, log: &log)
      let again = try pyTorchModel(path, onto: model.emptied).model
      #expect(again.parameters == model.parameters.converted(to: .float32))
      try NumPyConverter.write(model, to: folder.path("a.npz"), log: &log)
    }
  }

  @Test("A layer without counterpart is refused by name, and left out where that is allowed")
  func losses() throws {
    let folder = try WeightFolder()
    let network = try Network.sequential(input: [4, 2]) {
      GRU(3, resetsAfter: false)
      Dense(1)
    }
    let model = try Model.random(network)
    let path = folder.path("a.pt")
    var log = ConversionLog(file: "a.pt")
    #expect(
      weightMessage { try PyTorchConverter.write(model, to: path, log: &log) }
        == "a.pt: layer gru_1: its reset gate works before the product; a GRU of PyTorch resets "
        + "after it; --allow-loss leaves it out")
    #expect(try folder.names().isEmpty)
    var lossy = ConversionLog(file: "a.pt", allowsLoss: true)
    try PyTorchConverter.write(model, to: path, log: &lossy)
    let message = weightMessage {
      _ = try pyTorchModel(path, onto: model.emptied, allowsLoss: true)
    }
    #expect(message.contains("missing: gru_1/kernel, gru_1/recurrent_kernel, gru_1/bias"))
    let again = try pyTorchModel(
      path, onto: model.emptied, WeightOptions(isPartial: true), allowsLoss: true
    ).model
    #expect(again.parameters["dense_1/kernel"] == model.parameters["dense_1/kernel"])
    #expect(again.parameters["gru_1/kernel"] == Tensor(zeros: [2, 9]))
  }

  @Test("Shared layers are one module, and a shared parameter must be the same in both places")
  func shared() throws {
    let builder = NetworkBuilder()
    let words = builder.input("words", shape: [3], isIndices: true)
    let vectors = builder.add(Embedding(vocabularySize: 5, dimension: 5), to: words)
    let output = builder.add(Dense(5), to: vectors)
    builder.tie(output, "kernel", to: "embedding_1/kernel")
    let first = builder.add(Dense(5), named: "first", to: output)
    let again = builder.reuse(first, named: "again", on: first)
    let model = try Model.random(builder.network(outputs: again))
    let folder = try WeightFolder()
    let path = folder.path("a.safetensors")
    var log = ConversionLog(file: path)
    try SafetensorsConverter.write(model, to: path, log: &log)
    var read = ConversionLog(file: path)
    #expect(
      try SafetensorsConverter.model(reading: path, log: &read).parameters == model.parameters)
    let names = log.entries.map(\.note)
    #expect(names.contains { $0.hasPrefix("dense_1.weight") })
    #expect(names.contains { $0.hasPrefix("first.weight") })
    #expect(!names.contains { $0.hasPrefix("again") })
    // The parameter without its second name, as programs write it that name none twice; and with
    // other numbers there.
    var tensors = try SafetensorsFile(path: path).tensors.filter { $0.name != "dense_1.weight" }
    let other = Formats.StoredTensor(
      name: "dense_1.weight", shape: [5, 5], elementType: .float32
    ) { Tensor(zeros: [5, 5]) }
    for isThere in [false, true] {
      if isThere { tensors.append(other) }
      let path = folder.path("\(isThere).safetensors")
      try SafetensorsWriter.write(tensors, metadata: [:], creating: path, named: path)
      var log = ConversionLog(file: "a")
      let message = weightMessage {
        let again = try SafetensorsConverter.model(
          reading: path, onto: model.emptied, matching: WeightOptions(), log: &log)
        #expect(again.parameters == model.parameters)
      }
      #expect(
        message
          == (isThere
            ? "a: weights dense_1.weight: differs from embedding_1/kernel, with which layer dense_1 "
              + "shares it" : "no error"))
    }
  }
}
