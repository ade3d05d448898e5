import Foundation
import Testing

/// What the tool says of networks in words that cannot be.
@Suite("Networks in words that cannot be")
struct NetworkWordsTests {
  @Test(
    "Each fault is one line with its place, and leaves nothing behind",
    arguments: [
      (
        "dense(200000), relu, dense(200000), output",
        "training needs 800 GB for 160 GB of parameters, and this machine has "
      ),
      (
        "dense(3000000), relu, dense(3000000), output",
        "network[2]: node 'dense_2' (dense): expected at most 2^41 elements"
      ),
      ("dens(4), output", "network[0]: unknown layer 'dens'; did you mean 'dense'?"),
      (
        "dense(4, unit=3), output",
        "network[0].unit: 'dense' has no option 'unit'; did you mean 'units'?"
      ),
      (
        "convolution_2d(4), output",
        "network[0]: node 'convolution_2d_1' (convolution_2d): expected an input of shape [height, width, channels], found [4]"
      ),
      (
        "dense(4)",
        "network[0]: expected [3] for 'species', found [4]; let the network end with 'output'"
      ),
      ("dense(4, from=a), output", "network[0].from: unknown value 'a'; so far there are features"),
      (
        "dense(4, name=a), dense(4, from=a, name=a), output",
        "network[1]: two inputs or nodes are named 'a'; names must be unique"
      ),
      (
        "dense(4, name=a), dense(4, from=features), output",
        "network[0]: node 'a' leads to no output; remove it or make it an output"
      ),
      (
        "dense(4, name=a, from=b), dense(4, name=b, from=a), output",
        "network[0]: the nodes 'a', 'b', 'output' wait for each other in a cycle"
      ),
      (
        "reshape([2, 3]), output",
        "network[0]: node 'reshape_1' (reshape): expected an input of shape 6 elements, found [4]"
      ),
      ("dense(4", "network[0]: expected name(option=value, …), found 'dense(4'"),
    ])
  func faults(words: String, line: String) throws {
    let tool = try Tool()
    try Data(contentsOf: fixtures.appendingPathComponent("tables/iris.csv"))
      .write(to: tool.folder.appendingPathComponent("iris.csv"))
    let outcome = try tool.run("train", "iris.csv", "--target", "species", "--network", words)
    #expect(outcome.status == 64 || outcome.status == 2)
    #expect(outcome.errorLines.first?.hasPrefix("nnmodel: ") == true)
    #expect(outcome.errors.contains(line), "\(outcome.errors)")
    #expect(!tool.has("model.h5"))
  }

  @Test("In a file each fault has its line, and exit code 2")
  func lines() throws {
    let tool = try Tool()
    try Data(contentsOf: fixtures.appendingPathComponent("tables/iris.csv"))
      .write(to: tool.folder.appendingPathComponent("iris.csv"))
    let configuration = """
      target: species
      network:
        - dense: {units: 8, activation: relu}
        - dense:
            units: 4
            activation: rellu
        - output

      """
    try Data(configuration.utf8).write(to: tool.folder.appendingPathComponent("n.yaml"))
    let outcome = try tool.run("train", "iris.csv", "--config", "n.yaml")
    #expect(outcome.status == 2)
    #expect(
      outcome.errors.hasPrefix("nnmodel: n.yaml: line 6: network[1].dense.activation: expected "),
      "\(outcome.errors)")
    #expect(outcome.errors.contains("did you mean 'relu'?"))
  }
}
