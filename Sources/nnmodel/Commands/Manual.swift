import ArgumentParser

/// Writes the manual.
struct Manual: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "manual",
    abstract: "Print the manual page.",
    discussion: """
      The page is made from the same words as the help of each command.

        nnmodel manual > nnmodel.1 && man -l nnmodel.1
        nnmodel manual > ~/.local/share/man/man1/nnmodel.1
      """)

  func run() throws { try printOutput(ManualPage.lines()) }
}
