import ArgumentParser

/// Writes completions.
struct Completions: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "completions",
    abstract: "Print a script that completes commands in a shell.",
    discussion: """
      Commands, options and files are completed after a restart of the shell.

        nnmodel completions bash > ~/.local/share/bash-completion/completions/nnmodel
        nnmodel completions zsh > "${fpath[1]}/_nnmodel"
        nnmodel completions fish > ~/.config/fish/completions/nnmodel.fish
      """)

  /// The shells there are completions for.
  enum Shell: String, ExpressibleByArgument, CaseIterable { case bash, zsh, fish }

  @Argument(help: "bash, zsh or fish.")
  var shell: Shell

  func run() throws {
    let shell: CompletionShell =
      switch shell {
      case .bash: .bash
      case .zsh: .zsh
      case .fish: .fish
      }
    try printOutput(NNModel.completionScript(for: shell))
  }
}
