import ArgumentParser
import Catalogs
import Workflows

/// Writes a configuration to be changed.
struct InitConfig: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init-config",
    abstract: "Print a commented configuration file with every option.",
    discussion: """
      Every option of train with what it means and its usual value, in YAML; or with --like a short \
      file with a network of that kind to start from. A flag overrides what the file says.

        nnmodel init-config > train.yaml
        nnmodel train phones.csv --target price_range --config train.yaml
        nnmodel init-config --like mnist-cnn > cnn.yaml
      """)

  @Option(
    name: .long,
    help: ArgumentHelp(
      "A kind of network: \(ExampleConfiguration.allCases.map { $0.rawValue }.joined(separator: ", ")).",
      valueName: "kind"),
    completion: .list(ExampleConfiguration.allCases.map { $0.rawValue }))
  var like: String?

  func run() throws {
    guard let like else {
      return try printOutput(String(ConfigurationFile.template().dropLast()))
    }
    guard let example = ExampleConfiguration(rawValue: like.lowercased()) else {
      throw UnknownNameError(
        subject: "kind of network", name: like,
        known: ExampleConfiguration.allCases.map { $0.rawValue })
    }
    try printOutput(String(example.text.dropLast()))
  }
}
