import ArgumentParser
import ModelFiles

/// The tool as a whole.
struct NNModel: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "nnmodel",
    abstract: "Train, use and look into neural networks, each in one file.",
    discussion: """
      From a table to predictions:

        nnmodel train phones.csv --target price_range
        nnmodel inspect
        nnmodel predict new_phones.csv -o predictions.csv

      A model is one HDF5 file; where none is named it is model.h5 in the current folder.
      Results go to standard output, progress and errors to standard error.
      Exit status: 0 done, 1 different (diff), 2 unusable data or file, 64 wrong usage, 130 interrupted and saved.
      """,
    version: ProgramVersion.name,
    subcommands: [
      Train.self, FineTune.self, Resume.self, Predict.self, Evaluate.self, Inspect.self,
      Verify.self, Diff.self, Convert.self, Strip.self, Cast.self, Rename.self, Average.self,
      InitConfig.self, Completions.self, Manual.self, BenchmarkStep.self,
      BenchmarkKernel.self, BenchmarkFile.self, TranslateHDF5.self,
    ])

  /// The command line as the provenance of a model keeps it, wherever the tool lies.
  static var commandLine: [String] { ["nnmodel"] + CommandLine.arguments.dropFirst() }

  /// The commands that can be named, as suggestions and the manual list them.
  static var shownCommands: [any ParsableCommand.Type] {
    configuration.subcommands.filter { $0.configuration.shouldDisplay }
  }

  /// The names of all commands.
  static var commandNames: [String] {
    configuration.subcommands.compactMap { $0.configuration.commandName } + ["help"]
  }
}
