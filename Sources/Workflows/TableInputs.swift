import Datasets
import Layers
import Networks
import Training

extension Preprocessing {
  /// The dimensions in which the words or characters of a text are looked up unless a network in
  /// words says otherwise.
  static let usualTextDimension = 32

  /// Adds the network's inputs, and all of them beside each other as one value: embedded categories
  /// and texts looked up, whatever has several axes flattened.
  func joinedInputs(_ builder: NetworkBuilder) -> NetworkBuilder.Value {
    let parts = inputs.map { layout in
      let value = builder.input(layout)
      guard layout.vocabularySize == nil else { return builder.embedding(of: layout, value) }
      return layout.shape.rank > 1 ? builder.add(Flatten(), to: value) : value
    }
    return parts.count == 1 ? parts[0] : builder.add(Concatenate(), to: parts)
  }
}

extension NetworkBuilder {
  /// Adds the input of a layout.
  fileprivate func input(_ layout: InputLayout) -> Value {
    input(layout.name, shape: layout.shape, isIndices: layout.vocabularySize != nil)
  }

  /// Looks up an embedded category, or the mean of a text.
  fileprivate func embedding(of layout: InputLayout, _ value: Value) -> Value {
    let size = layout.vocabularySize ?? 1
    guard let dimension = layout.dimension else {
      let words = add(
        Embedding(vocabularySize: size, dimension: Preprocessing.usualTextDimension), to: value)
      return add(MaskedAverage(), to: words, add(SequenceMask(), to: value))
    }
    return add(Embedding(vocabularySize: size, dimension: dimension), to: value)
  }
}

extension NetworkDescription {
  /// The network in words for the inputs and outputs of a preprocessing.
  ///
  /// Layers can take each input by its name, and `table`: `features` and what embedded categories
  /// give, beside each other.
  func network(
    for preprocessing: Preprocessing, losses: [OutputLoss], initializer: Initializer?
  ) throws -> Network {
    let layouts = preprocessing.inputs
    let own = layouts.filter { $0.name != Preprocessing.featuresInput && $0.dimension == nil }
    let plain = layouts.filter { layout in !own.contains(layout) }
    let hasTable = plain.contains { $0.dimension != nil } && usesTable(alone: own.isEmpty)
    return try network(
      inputs: layouts.map {
        DescribedInput(name: $0.name, shape: $0.shape, vocabularySize: $0.vocabularySize)
      },
      outputs: zip(preprocessing.targets, losses).map { target, part in
        DescribedOutput(name: target.name, units: target.outputCount(for: part.loss))
      },
      initializer: initializer
    ) { builder in
      let values = layouts.map { (layout: $0, value: builder.input($0)) }
      var table: NetworkBuilder.Value?
      if hasTable {
        let parts = values.filter { value in plain.contains(value.layout) }.map { part in
          part.layout.dimension == nil
            ? part.value : builder.embedding(of: part.layout, part.value)
        }
        table = builder.add(
          Concatenate(), named: NetworkDescription.Keyword.table, to: parts)
      }
      if let table { return own.isEmpty ? table : nil }
      return values.count == 1 ? values[0].value : nil
    }
  }

  /// Whether some layer takes what stands in the table beside each other.
  private func usesTable(alone: Bool) -> Bool {
    func uses(_ entries: [Entry]) -> Bool {
      entries.contains { ($0.from ?? []).contains(Keyword.table) || uses($0.layers) }
    }
    let startsWithout = alone && layers.first?.from == nil
    return startsWithout || uses(layers) || parts.values.contains { uses($0) }
  }
}
