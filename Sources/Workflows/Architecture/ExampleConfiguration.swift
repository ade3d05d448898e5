/// A configuration to start from, for a kind of network.
public enum ExampleConfiguration: String, CaseIterable, Sendable {
  case mlp
  case mnistCNN = "mnist-cnn"
  case lstm
  case transformer

  /// The commented YAML file.
  public var text: String {
    switch self {
    case .mlp: ExampleConfiguration.mlpText
    case .mnistCNN: ExampleConfiguration.cnnText
    case .lstm: ExampleConfiguration.lstmText
    case .transformer: ExampleConfiguration.transformerText
    }
  }

  private static let mlpText = """
    # Dense layers over the columns of a table.
    #   nnmodel train table.csv --config mlp.yaml
    target: class          # the column to predict

    network:
      - dense: {units: 128, activation: relu}
      - dropout: 0.2
      - dense: {units: 64, activation: relu}
      - dropout: 0.2
      - output             # one value per class, or one for a number

    epochs: 100
    patience: 20           # stop after so many epochs without progress
    optimizer: adamw
    learning_rate: 0.001
    schedule: cosine

    """

  private static let cnnText = """
    # A convolutional network for images whose pixels are columns of a table, as in the CSV files of
    # MNIST: label, pixel0 to pixel783.
    #   nnmodel train mnist.csv --config cnn.yaml
    target: label
    task: classification

    input:
      # Columns that are one input together, and its shape: height, width, channels.
      image: {columns: pixel0..pixel783, shape: 28x28x1, scaling: min-max}

    network:
      - convolution_2d: {filters: 32, kernel_size: 3, activation: relu}
      - convolution_2d: {filters: 64, kernel_size: 3, activation: relu}
      - max_pooling_2d: 2
      - dropout: 0.25
      - flatten
      - dense: {units: 128, activation: relu}
      - dropout: 0.5
      - output

    epochs: 12
    batch_size: 64
    optimizer: adamw
    learning_rate: 0.001
    schedule: cosine
    validation_split: 0.1

    """

  private static let lstmText = """
    # A recurrent network for sequences of numbers, one in each field of a column, as in
    #   signal,class
    #   0.1 0.4 0.9 1.3,rising
    #   nnmodel train signals.csv --config lstm.yaml
    target: class

    columns:
      # Shorter rows are filled up, and the mask says where. With several values for each step:
      # channels: 3, the values of a step one behind the other.
      signal: {kind: sequence, length: 64, mask: true}

    network:
      - lstm: {units: 64, is_masked: true, from: [signal, signal_mask]}
      - dropout: 0.2
      - output

    epochs: 50
    batch_size: 32
    optimizer: adamw
    learning_rate: 0.003
    clip_norm: 1
    schedule: cosine

    """

  private static let transformerText = """
    # A transformer for texts: words are looked up, their places added, and every word sees the others.
    #   nnmodel train reviews.csv --config transformer.yaml
    target: label

    columns:
      # The words of the training rows are kept in the model; rare ones count as unknown.
      text: {kind: text, unit: words, length: 128, vocabulary: 20000}

    network:
      - sequence_mask: {from: text, name: mask}     # 1 where there is a word
      - embedding: {dimension: 64, from: text}
      - positional_embedding: {length: 128, name: words}
      - transformer_encoder: {heads: 4, units: 128, dropout: 0.1, from: [words, mask], name: first}
      - transformer_encoder: {heads: 4, units: 128, dropout: 0.1, from: [first, mask], name: second}
      - masked_average: {from: [second, mask]}
      - output

    epochs: 20
    batch_size: 32
    optimizer: adamw
    learning_rate: 0.0005
    warmup: 0.1
    schedule: cosine

    """
}
