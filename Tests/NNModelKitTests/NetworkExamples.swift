import NNModelKit

// The examples of Sources/NNModelKit/NNModelKit.docc/BuildingNetworks.md, compiled and run as they stand there.

func sequentialExample() throws -> Network {
  // [sequential]
  let network = try Network.sequential(input: [28, 28, 1], named: "image") {
    Convolution2D(32)
    Activation(.relu)
    Convolution2D(64)
    Activation(.relu)
    MaxPooling2D()
    Flatten()
    Dense(128)
    Activation(.relu)
    Dropout(0.5)
    Dense(10)
  }
  // [sequential]
  return network
}

func graphExample() throws -> Network {
  // [graph]
  let builder = NetworkBuilder()
  let words = builder.input("words", shape: [40], isIndices: true)
  let mask = builder.add(SequenceMask(), to: words)
  let embedded = builder.add(Embedding(vocabularySize: 5000, dimension: 64), to: words)
  var sequence = builder.add(PositionalEmbedding(40), to: embedded)
  for _ in 0..<2 {
    sequence = builder.add(
      TransformerBlock(heads: 4, units: 128), to: sequence, features: 64, mask: mask)
  }
  let mean = builder.add(MaskedAverage(), to: sequence, mask)
  let network = try builder.network(outputs: builder.add(Dense(2), to: mean))
  // [graph]
  return network
}

func sharedExample() throws -> Network {
  // [shared]
  let builder = NetworkBuilder()
  let left = builder.input("left", shape: [100, 3])
  let right = builder.input("right", shape: [100, 3])
  let tower = builder.add(LSTM(32), named: "tower", to: left)
  let other = builder.reuse(tower, named: "other", on: right)
  let difference = builder.add(Subtract(), to: tower, other)
  let network = try builder.network(outputs: builder.add(Dense(1), to: difference))
  // [shared]
  return network
}

func outputsExample() throws -> [String: Tensor] {
  let rows = Tensor(rows: (0..<64).map { [Float($0 % 8) / 8, Float($0 / 8) / 8] })
  let sums = Tensor((0..<64).map { Float($0 % 8 + $0 / 8) / 8 }, shape: [64, 1])
  let kinds = Tensor((0..<64).map { Int32($0 % 8 > $0 / 8 ? 1 : 0) })
  // [outputs]
  let builder = NetworkBuilder()
  let x = builder.input("x", shape: [2])
  let hidden = builder.add(Activation(.relu), to: builder.add(Dense(16), to: x))
  let network = try builder.network(
    outputs: builder.add(Dense(1), named: "sum", to: hidden),
    builder.add(Dense(2), named: "kind", to: hidden))
  let trainer = try Trainer(
    network,
    options: TrainingOptions(
      loss: MeanSquaredError(), furtherLosses: [OutputLoss(CrossEntropy(), weight: 0.5)],
      optimizer: Adam(learningRate: 0.01), epochs: 100, batchSize: 16),
    data: TrainingData(inputs: [rows], targets: [sums, kinds]))
  try trainer.run()
  let predictions = try Model(trainer).predictions([rows])
  // [outputs]
  return predictions
}
