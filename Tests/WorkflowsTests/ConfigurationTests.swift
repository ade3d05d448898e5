import Foundation
import Testing
import Training

@testable import Workflows

@Suite struct ConfigurationTests {
  private func parse(_ yaml: String) throws -> Configuration {
    var configuration = Configuration()
    try configuration.set(ConfigurationFile.parse(yaml, file: "c.yaml").values)
    return configuration
  }

  private func message(_ yaml: String) -> String {
    do {
      _ = try parse(yaml)
      return "no error"
    } catch { return "\(error)" }
  }

  @Test("The written template means the usual configuration")
  func template() throws {
    #expect(try parse(ConfigurationFile.template()).values == Configuration().values)
    // Every option stands in it, if only as a comment.
    for option in ConfigurationOption.all {
      #expect(ConfigurationFile.template().contains("\(option.name):"))
    }
  }

  @Test("A configuration survives being stored", arguments: ["", full])
  func stored(yaml: String) throws {
    let configuration = try parse(yaml)
    let data = try JSONEncoder().encode(configuration.values)
    let decoded = try Configuration(
      values: JSONDecoder().decode(ConfigurationValue.self, from: data))
    #expect(decoded.values == configuration.values)
  }

  static let full = """
    target: price
    task: regression
    delimiter: ";"
    header: no
    ignore: [id, "a, b"]
    scaling: min_max
    encoding: embedding:4
    missing: constant:-1
    unknown: error
    columns: {zip: {kind: category, use: true}, note: {use: false}}
    validation_split: 0.1
    hidden: [32, 16]
    activation: leaky_relu
    dropout: 0.5
    batch_norm: true
    init: normal(0, 0.1)
    loss: huber(delta=2)
    optimizer: {kind: adamw, beta2: 0.99}
    learning_rate: 1e-2
    clip_norm: 1
    schedule: multi_step(milestones=[3, 6], factor=0.5)
    warmup: 10%
    epochs: 7
    batch_size: all
    patience: none
    class_weights: [1, 2]
    seed: 18446744073709551615
    checkpoint_every: 100
    """

  @Test("Flags and YAML mean the same")
  func flags() throws {
    var flags = Configuration()
    try flags.set([
      ("hidden", .text("32,16")), ("activation", .text("leaky-relu")),
      ("optimizer", .text("adamw(beta2=0.99)")),
      ("columns", .text("zip.kind=category,note.use=no")),
      ("warmup", .text("100")), ("patience", .text("none")),
    ])
    let yaml = try parse(
      """
      hidden: [32, 16]
      activation: leaky_relu
      optimizer: {kind: adamw, beta2: 0.99}
      columns: {zip: {kind: category}, note: {use: false}}
      warmup: 100
      patience: none
      """)
    #expect(flags.hidden == yaml.hidden && flags.activation == yaml.activation)
    #expect(flags.columns == yaml.columns && flags.warmUp == yaml.warmUp)
    #expect(flags.patience == nil && yaml.patience == nil)
    let optimizers = try [flags, yaml].map { try $0.optimizer.makeOptimizer() as? AdamW }
    #expect(optimizers[0] == optimizers[1] && optimizers[0]?.beta2 == 0.99)
  }

  @Test("What is wrong in a file is said with its line and the nearest name")
  func mistakes() {
    #expect(
      message("epochs: 5\nlerning_rate: 1")
        == "c.yaml: line 2: unknown option 'lerning_rate'; did you mean 'learning_rate'?")
    #expect(
      message("epochs: many") == "c.yaml: line 1: epochs: expected a whole number, found 'many'")
    #expect(message("epochs: 0") == "c.yaml: line 1: epochs: expected 1 or more, found '0'")
    #expect(
      message("\nactivation: rellu").hasSuffix("found 'rellu'; did you mean 'relu'?"))
    #expect(message("hidden: [3, [4").hasPrefix("c.yaml: line "))
    #expect(message("- 3").hasPrefix("c.yaml: line 1: expected one 'option: value' per line"))
    #expect(
      message("dropout: {a: 1}") == "c.yaml: line 1: dropout: expected a number, found a mapping")
    #expect(
      message("epochs: 3\nlearning_rate: -1")
        == "c.yaml: line 2: learning_rate: expected more than 0, found '-1'")
    #expect(
      message("dropout: 1") == "c.yaml: line 1: dropout: expected 0 up to below 1, found '1'")
    #expect(message("epochs: 3\nepochs: 4").hasSuffix(": epochs: given more than once"))
    #expect(
      message("loss: {name: focal}")
        == "c.yaml: line 1: loss: expected a name, or a 'kind' with options as in "
        + "{kind: focal, gamma: 2}, found a mapping")
    #expect(
      message("init: constant")
        == "c.yaml: line 1: init: expected numbers as in constant(0.1), uniform(-0.05, 0.05) or "
        + "normal(0, 0.05), found 'constant'")
    let bomb = "a: &a [1]\nb: &b [*a, *a]\nhidden: [*b, *b]"
    #expect(message(bomb).hasPrefix("c.yaml: line 1: unknown option 'a'"))
  }

  @Test("Options of kinds are checked when they are made")
  func specifications() throws {
    func problem(_ text: String) -> String {
      do {
        _ = try Specification(.text(text)).makeOptimizer()
        return "no error"
      } catch { return "\(error)" }
    }
    #expect(problem("adamw(beta3=1)") == "'adamw' has no option 'beta3'; did you mean 'beta1'?")
    #expect(problem("adem") == "unknown optimizer 'adem'; did you mean 'adam'?")
    #expect(problem("adamw(beta1").hasPrefix("expected name(option=value, …)"))
    #expect(problem("adamw(beta1=2)") == "adamw: beta1: expected 0 up to below 1, found 2")
    #expect(problem("adamw(beta1=x)") == "adamw: beta1: expected a number, found 'x'")
    for kind in LossCatalog.standard.names { _ = try Specification(kind).makeLoss() }
    for kind in OptimizerCatalog.standard.names { _ = try Specification(kind).makeOptimizer() }
    for kind in ScheduleCatalog.standard.names { _ = try Specification(kind).makeSchedule() }
  }

  @Test("Every option says what it is, on one line, and has a flag")
  func help() {
    let names = ConfigurationOption.all.map { $0.name }
    #expect(Set(names).count == names.count)
    for option in ConfigurationOption.all {
      #expect(!option.help.isEmpty && !option.help.contains("\n") && !option.help.hasSuffix("."))
      #expect(option.flag.hasPrefix("--") && !option.flag.contains("_"))
    }
  }
}
