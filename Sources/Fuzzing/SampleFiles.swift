import Datasets
import Foundation
import Layers
import ModelFiles
import Networks
import Training
import Workflows

/// A small model file of every kind, each always of the same bytes.
package struct SampleFiles {
  /// The files by name, without an ending.
  package let files: [(name: String, bytes: [UInt8])]

  /// Makes the files.
  ///
  /// - Parameter folder: where there is room for files on the way.
  package init(in folder: String) throws {
    let rows = folder + "/rows.csv"
    try Data(SampleFiles.table.utf8).write(to: URL(fileURLWithPath: rows))
    var files: [(name: String, bytes: [UInt8])] = []
    let path = folder + "/sample.h5"
    func add(_ name: String, _ model: Model) throws {
      try model.write(to: path)
      files.append((name, [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))))
    }
    try add("untrained", try SampleFiles.untrained())
    for kind in Kind.all {
      var configuration = Configuration()
      try configuration.set(kind.options)
      var steps = 0
      _ = try ModelTraining.run(
        .init(table: rows, configuration: configuration, output: path),
        until: {
          steps += 1
          return steps == kind.stepCount
        })
      var model = try ModelFile(reading: path).model()
      // Where the rows were, and what made this file, is not to depend on who makes it.
      model.provenance.data?.path = "rows.csv"
      model.training?.environment = nil
      try add(kind.name, model)
    }
    self.files = files
  }

  /// How one of the files is trained.
  private struct Kind {
    let name: String
    /// After how many steps training is stopped; nil: never.
    var stepCount: Int?
    let options: [(name: String, value: ConfigurationValue)]

    init(_ name: String, stepCount: Int? = nil, _ words: String) {
      self.name = name
      self.stepCount = stepCount
      let common = "hidden=3 epochs=3 batch_size=8 threads=1 "
      options = (common + words).split(separator: " ").map { word in
        let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
        return (parts[0], .text(parts[1]))
      }
    }

    static let all = [
      Kind("finished", "target=kind batch_norm=yes dropout=0.2"),
      Kind("regression", "target=a optimizer=sgd schedule=step"),
      Kind("numbers", "target=kind ignore=city,member optimizer=gradient_descent hidden=2"),
      Kind("embedding", "target=kind encoding=embedding:2 optimizer=adam"),
      Kind(
        "under_way", stepCount: 7,
        "target=kind encoding=embedding:2 schedule=reduce_on_plateau(patience=1) batch_norm=yes"),
      Kind("first_epoch", stepCount: 2, "target=member loss=focal optimizer=rmsprop"),
    ]
  }

  private static func untrained() throws -> Model {
    let builder = NetworkBuilder()
    let (x, y) = (builder.input("x", shape: [2, 2]), builder.input("y", shape: [4]))
    let flat = builder.add(Flatten(), to: x)
    let sum = builder.add(Add(), to: flat, y)
    let both = builder.add(Concatenate(), to: sum, builder.add(Reshape([-1]), to: x))
    let normal = builder.add(LayerNormalization(), to: both)
    let network = try builder.network(
      outputs: builder.add(Activation(.softmax), to: builder.add(Dense(2), to: normal)))
    return Model(
      network: network, snapshot: TrainingSnapshot(try Parameters(for: network, seed: 3)),
      link: .identity)
  }

  /// Two numbers, one with gaps, a truth, two categories.
  private static let table: String = {
    var lines = ["a,b,member,city,kind"]
    for row in 0..<40 {
      let b = row % 9 == 4 ? "" : "\(Double(row * 53 % 97) / 8)"
      let city = row % 7 == 3 ? "" : ["Oslo", "Rome", "Lima"][row * 11 % 3]
      let kind = ["red", "green", "blue"][row * 7 % 3]
      lines.append("\(Double(row * 37 % 101) / 4),\(b),\(row % 3 == 0),\(city),\(kind)")
    }
    return lines.joined(separator: "\n") + "\n"
  }()
}
