import Foundation
import Fuzzing

/// What `tools/fuzz` runs: in a build of its own libFuzzer, in an ordinary one what needs no
/// instrumentation.
@main
enum FuzzingTool {
  static func main() throws {
    let arguments = Array(CommandLine.arguments.dropFirst())
    switch arguments.first {
    case "seeds" where arguments.count == 2: try writeSeeds(to: arguments[1])
    case "replay" where arguments.count >= 3: try replay(arguments[1], Array(arguments[2...]))
    case "explore" where arguments.count == 2: try explore(Int(arguments[1]) ?? 1000)
    case "damage" where arguments.count == 1: try damage(masks: DamageCount.fewMasks)
    case "damage" where arguments.dropFirst().elementsEqual(["--all"]):
      try damage(masks: Array(1...255))
    default:
      print(
        "usage: nnmodel-fuzz seeds FOLDER | replay parser|model|arrays FILE... | explore COUNT | damage [--all]"
      )
      exit(64)
    }
  }

  /// Writes the files that fuzzing starts from.
  private static func writeSeeds(to folder: String) throws {
    let work = WorkFolder.make()
    defer { try? FileManager.default.removeItem(atPath: work) }
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    for (name, bytes) in try SampleFiles(in: work).files {
      try Data(bytes).write(to: URL(fileURLWithPath: "\(folder)/\(name).h5"))
    }
  }

  /// Runs a target once on each file.
  private static func replay(_ target: String, _ paths: [String]) throws {
    let work = WorkFolder.make()
    defer { try? FileManager.default.removeItem(atPath: work) }
    let model = ModelTarget(folder: work)
    for path in paths {
      let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
      switch target {
      case "model": print("\(path): \(try model.run(bytes))")
      case "arrays": print("\(path): \(try ArrayTarget.run(bytes))")
      default: print("\(path): \(try ParserTarget.run(bytes))")
      }
    }
  }

  /// Tries so many changes of a small file of each kind. Its number is shown before each, so that a
  /// change that ends the program is known.
  private static func explore(_ count: Int) throws {
    let work = WorkFolder.make()
    defer { try? FileManager.default.removeItem(atPath: work) }
    let target = ModelTarget(folder: work)
    for (name, bytes) in try SampleFiles(in: work).files {
      var exploration = Exploration()
      for seed in 0..<UInt32(count) {
        FileHandle.standardError.write(Data("\r\(name) \(seed) ".utf8))
        try exploration.run(bytes, seeds: seed..<seed + 1, target: target)
      }
      print(
        "\(name): \(exploration.runCount) changed files, of which \(exploration.openedCount) open, "
          + "\(exploration.loadedCount) load, \(exploration.wholeCount) are whole, "
          + "\(exploration.predictedCount) predict, \(exploration.resumedCount) train on")
    }
  }

  /// Changes every byte of a small file of each kind, and cuts it off after every byte.
  private static func damage(masks: [UInt8]) throws {
    let work = WorkFolder.make()
    defer { try? FileManager.default.removeItem(atPath: work) }
    var silent = 0
    for (name, bytes) in try SampleFiles(in: work).files {
      let damage = try DamageCount(bytes, masks: masks)
      print("\(name): \(damage)")
      silent += damage.silent.count
    }
    exit(silent == 0 ? 0 : 1)
  }
}

/// A folder for files on the way, in memory where the system has one for that.
enum WorkFolder {
  static func make() -> String {
    let parent =
      FileManager.default.isWritableFile(atPath: "/dev/shm")
      ? "/dev/shm" : FileManager.default.temporaryDirectory.path
    let folder = "\(parent)/nnmodel-fuzz-\(UUID().uuidString)"
    try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    return folder
  }
}
