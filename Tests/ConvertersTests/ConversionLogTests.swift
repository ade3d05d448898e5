import Converters
import Testing

@Suite struct ConversionLogTests {
  @Test func whatHasNoCounterpartIsRefusedByName() throws {
    var strict = ConversionLog(file: "a.keras")
    let error = #expect(throws: ConversionError.self) {
      try strict.lose("layer lambda", "no such layer")
    }
    #expect(
      error?.description
        == "a.keras: layer lambda: no such layer; --allow-loss leaves it out")
    #expect(strict.entries.isEmpty)
  }

  @Test func allowedLossesAreListed() throws {
    var log = ConversionLog(file: "a.keras", allowsLoss: true)
    log.map("layer dense", to: "dense")
    try log.lose("optimizer", "no such optimizer")
    #expect(log.entries.map(\.fate) == [.mapped, .lost])
  }
}
