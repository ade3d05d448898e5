import Catalogs

/// Every kind of layer that a file or a configuration can name.
public enum LayerCatalog {
  /// All layers of this library.
  public static let standard = Catalog<any Layer.Type>(
    of: "layer kind",
    [
      Dense.self,
      Activation.self,
      Dropout.self,
      BatchNormalization.self,
      LayerNormalization.self,
      GroupNormalization.self,
      RMSNormalization.self,
      Normalization.self,
      Rescaling.self,
      PReLU.self,
      SpatialDropout.self,
      GaussianNoise.self,
      Embedding.self,
      SimpleRecurrent.self,
      GRU.self,
      LSTM.self,
      Bidirectional.self,
      MultiHeadAttention.self,
      PositionalEmbedding.self,
      PositionalEncoding.self,
      SequenceMask.self,
      MaskedAverage.self,
      Flatten.self,
      Reshape.self,
      Permute.self,
      Repeat.self,
      Slice.self,
      Add.self,
      Subtract.self,
      Multiply.self,
      Average.self,
      Maximum.self,
      Minimum.self,
      Concatenate.self,
    ], name: { $0.kind })
}
