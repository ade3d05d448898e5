import Foundation
import Testing

@testable import Training

@Suite struct OptionsTests {
  /// Options with every entry of every catalogue in one of them.
  private static let all: [TrainingOptions] =
    LossSample.all.map { TrainingOptions(loss: $0.loss, classWeights: $0.classWeights) }
    + OptimizerCatalog.standard.entries.map {
      TrainingOptions(loss: CrossEntropy(), optimizer: $0.defaults)
    }
    + ScheduleCatalog.standard.entries.map {
      TrainingOptions(
        loss: CrossEntropy(), schedule: $0.defaults, scheduleUnit: .epoch, warmUp: .share(0.05),
        patience: 3, l1: 0.1, l2: 0.2, clipNorm: 1, clipValue: 2, seed: .max, threads: 2)
    }

  @Test("Options survive a round trip through JSON")
  func roundTrip() throws {
    for options in OptionsTests.all {
      let text = try json(options)
      #expect(try json(JSONDecoder().decode(TrainingOptions.self, from: Data(text.utf8))) == text)
    }
  }

  @Test("An unknown kind is refused with the nearest name, a wrong number with what is right")
  func refusals() throws {
    let text = try json(TrainingOptions(loss: CrossEntropy(), schedule: Cosine()))
    func message(_ old: String, _ new: String) -> String {
      #expect(text.contains(old), "\(text)")
      let changed = Data(text.replacingOccurrences(of: old, with: new).utf8)
      do {
        _ = try JSONDecoder().decode(TrainingOptions.self, from: changed)
        return "no error"
      } catch { return "\(error)" }
    }
    #expect(message("\"adamw\"", "\"nesterof\"").contains("did you mean 'nesterov'?"))
    #expect(message("\"cosine\"", "\"cosinus\"").contains("did you mean 'cosine'?"))
    #expect(message("\"cross_entropy\"", "\"crossentropi\"").contains("did you mean"))
    #expect(message("\"beta1\":0.9", "\"beta1\":1").contains("beta1: expected 0 up to below 1"))
    #expect(message("\"epochs\":100", "\"epochs\":0").contains("epochs: expected 1 or more"))
    #expect(message("\"epsilon\":1e-08", "\"epsilon\":0").contains("epsilon: expected more"))
  }

  private func json(_ options: TrainingOptions) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return String(decoding: try encoder.encode(options), as: UTF8.self)
  }
}
