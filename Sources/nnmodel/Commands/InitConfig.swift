import ArgumentParser
import Workflows

/// Writes a configuration to be changed.
struct InitConfig: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init-config",
    abstract: "Print a commented configuration file with every option.",
    discussion: """
      Every option of train with what it means and its usual value, in YAML. A flag overrides what \
      the file says.

        nnmodel init-config > train.yaml
        nnmodel train phones.csv --target price_range --config train.yaml
      """)

  func run() throws { try printOutput(String(ConfigurationFile.template().dropLast())) }
}
