import Layers
import Tensors

extension LayerSample {
  /// Recurrent layers, attention, and what belongs to them.
  static let sequences: [LayerSample] =
    [
      LayerSample(SimpleRecurrent(3), [4, 2], output: [3]),
      LayerSample(
        SimpleRecurrent(2, activation: .relu, returnsSequence: true, goesBackwards: true), [3, 5],
        output: [3, 2]),
      LayerSample(SimpleRecurrent(1, usesBias: false), [1, 1], output: [1]),
      LayerSample(
        SimpleRecurrent(3, returnsSequence: true, isMasked: true, hasInitialState: true),
        inputs: [[5, 2], [5], [3]], masks: [1], output: [5, 3]),
      LayerSample(GRU(3), [4, 2], output: [3]),
      LayerSample(GRU(2, returnsSequence: true, usesBias: false), [3, 3], output: [3, 2]),
      LayerSample(
        GRU(3, goesBackwards: true, isMasked: true, hasInitialState: true),
        inputs: [[4, 2], [4], [3]], masks: [1], output: [3]),
      LayerSample(GRU(3, resetsAfter: false), [4, 2], output: [3]),
      LayerSample(
        GRU(2, resetsAfter: false, returnsSequence: true, isMasked: true), inputs: [[5, 3], [5]],
        masks: [1], output: [5, 2]),
      LayerSample(
        GRU(3, resetsAfter: false, goesBackwards: true, hasInitialState: true, usesBias: false),
        [3, 2], [3], output: [3]),
      LayerSample(LSTM(3), [4, 2], output: [3]),
      LayerSample(
        LSTM(2, returnsSequence: true, goesBackwards: true, usesBias: false), [3, 7],
        output: [3, 2]),
      LayerSample(
        LSTM(3, returnsSequence: true, isMasked: true, hasInitialState: true),
        inputs: [[5, 2], [5], [3], [3]], masks: [1], output: [5, 3]),
      LayerSample(LSTM(17), [6, 5], output: [17]),
      LayerSample(Bidirectional(LSTM(2)), [4, 3], output: [4]),
      LayerSample(
        Bidirectional(GRU(2, returnsSequence: true), merge: .sum), [3, 5], output: [3, 2]),
      LayerSample(
        Bidirectional(LSTM(2, returnsSequence: true, isMasked: true)), inputs: [[4, 3], [4]],
        masks: [1], output: [4, 4]),
      LayerSample(
        Bidirectional(SimpleRecurrent(3), merge: .multiply), [3, 2], output: [3]),
      LayerSample(Bidirectional(GRU(2), merge: .average), [3, 2], output: [2]),
      LayerSample(MultiHeadAttention(heads: 2, keySize: 3), [4, 5], output: [4, 5]),
      LayerSample(
        MultiHeadAttention(heads: 3, keySize: 2, valueSize: 4, isCausal: true, usesBias: false),
        [5, 3], output: [5, 3]),
      LayerSample(
        MultiHeadAttention(heads: 2, keySize: 2, dropout: 0.3), [3, 4], [5, 3], output: [3, 4]),
      LayerSample(
        MultiHeadAttention(heads: 1, keySize: 4, isCausal: true, isMasked: true),
        inputs: [[4, 3], [4]], masks: [1], output: [4, 3]),
      LayerSample(
        MultiHeadAttention(heads: 2, keySize: 3, valueSize: 1, isMasked: true),
        inputs: [[3, 4], [5, 2], [5, 6], [5]], masks: [3], output: [3, 4]),
      LayerSample(PositionalEmbedding(6), [4, 3], output: [4, 3]),
      LayerSample(PositionalEmbedding(1), [1, 2], output: [1, 2]),
      LayerSample(PositionalEncoding(), [5, 3], output: [5, 3]),
      LayerSample(PositionalEncoding(base: 10), [2, 4], output: [2, 4]),
      LayerSample(SequenceMask(), indices: [7], output: [7]),
      LayerSample(SequenceMask(padding: 3), indices: [2], output: [2]),
      LayerSample(MaskedAverage(), inputs: [[4, 3], [4]], masks: [1], output: [3]),
    ]
}
