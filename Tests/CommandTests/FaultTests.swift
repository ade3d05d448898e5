import Foundation
import Testing

/// What a run does when the disk is full or broken, wherever that happens.
@Suite("Faults of the disk")
struct FaultTests {
  /// The commands that replace a file; the last goes on for an epoch.
  static let commands = ["train", "finetune", "resume"]

  /// The calls that can fail, and the errors that they fail with, with their words.
  static let faults: [(call: String, error: Int32, words: String)] = [
    ("write", ENOSPC, "no space left on device"), ("write", 0, ""),
    ("sync", EIO, "input/output error"), ("rename", EACCES, "permission denied"),
    ("open", EMFILE, "too many open files"), ("close", EIO, "input/output error"),
    ("truncate", EIO, "input/output error"), ("map", ENOMEM, "cannot allocate memory"),
    ("link", EIO, "input/output error"), ("unlink", EACCES, "permission denied"),
  ]

  @Test(
    "Whatever call fails, the file is the old one or the new one, whole, and the message says why",
    .timeLimit(.minutes(10)), arguments: commands)
  func oneFault(command: String) throws {
    guard let stopped = try StoppedRun() else { return }
    defer { stopped.faults.remove() }
    let arguments = stopped.arguments(of: command)
    for (call, error, words) in FaultTests.faults {
      var place = 0
      while true {
        // Writes are many and alike: after the first few, every ninth.
        place += call == "write" && place > 8 ? 9 : 1
        try stopped.restore()
        let fault = Faults.Fault(call: call, place: place, error: error)
        guard let outcome = try stopped.faults.run(arguments, in: stopped.tool, with: fault) else {
          break
        }
        try stopped.check(outcome, words: words, "\(command): \(call) \(place)")
      }
      // Only checkpoints give the file before them a second name.
      #expect(place > 1 || call == "link", "no \(call) on the way")
    }
  }

  @Test("A disk that is full and stays so ends every command, and leaves the old file")
  func fullDisk() throws {
    guard let stopped = try StoppedRun() else { return }
    defer { stopped.faults.remove() }
    for command in FaultTests.commands {
      try stopped.restore()
      let fault = Faults.Fault(call: "write", path: ".tmp", error: ENOSPC, stays: true)
      let outcome = try #require(
        try stopped.faults.run(stopped.arguments(of: command), in: stopped.tool, with: fault))
      #expect(outcome.status == 2)
      try stopped.check(outcome, words: "no space left on device", command)
      #expect(try stopped.tool.contents("model.h5") == stopped.old)
    }
  }

  @Test("A checkpoint that fails is told, and the run goes on to its end")
  func failedCheckpoint() throws {
    guard let stopped = try StoppedRun() else { return }
    defer { stopped.faults.remove() }
    for call in ["sync", "rename", "map", "link"] {
      try stopped.restore()
      let fault = Faults.Fault(
        call: call, path: stopped.tool.folder.lastPathComponent, place: call == "map" ? 6 : 2,
        error: EIO)
      let outcome = try #require(
        try stopped.faults.run(
          stopped.arguments(of: "resume", epochs: 20_000, isQuiet: false)
            + ["--checkpoint-every", "1"],
          in: stopped.tool, with: fault))
      #expect(outcome.status == 0, "\(call): \(outcome.errors)")
      let note = outcome.errors.contains(
        "no checkpoint could be written: model.h5: ")
      #expect(note && outcome.errors.contains("input/output error"), "\(call)")
      #expect(try stopped.tool.run("verify").status == 0)
      #expect(try stopped.tool.files() == ["iris.csv", "model.h5"])
    }
  }

  @Test(
    "A disk that fails from one checkpoint on leaves the one before, from which the run goes on")
  func failingDisk() throws {
    guard let stopped = try StoppedRun() else { return }
    defer { stopped.faults.remove() }
    for call in ["sync", "rename", "write"] {
      try stopped.restore()
      let fault = Faults.Fault(
        call: call, path: call == "write" ? ".tmp" : stopped.tool.folder.lastPathComponent,
        place: call == "write" ? 150 : 5, error: EIO, stays: true)
      let outcome = try #require(
        try stopped.faults.run(
          stopped.arguments(of: "resume", epochs: 20_000) + ["--checkpoint-every", "1"],
          in: stopped.tool, with: fault))
      #expect(outcome.status == 2, "\(call)")
      #expect(outcome.errors.contains("input/output error"), "\(call): \(outcome.errors)")
      #expect(try stopped.tool.contents("model.h5") != stopped.old, "\(call)")
      #expect(try stopped.tool.run("verify").status == 0)
      let resumed = try stopped.tool.run(stopped.arguments(of: "resume", epochs: 20_001))
      #expect(resumed.status == 0, "\(call): \(resumed.errors)")
      #expect(try stopped.tool.files() == ["iris.csv", "model.h5"])
    }
  }

  @Test("No file is closed twice, which would close what another thread has just opened")
  func strayClose() throws {
    guard let faults = try Faults() else { return }
    defer { faults.remove() }
    let tool = try Tool()
    try Data("a,b\n1,2\n3".utf8).write(to: tool.folder.appendingPathComponent("short.csv"))
    let foreign = Data([0x89]) + Data("HDF\r\n\u{1A}\nnothing".utf8)
    try foreign.write(to: tool.folder.appendingPathComponent("foreign.h5"))
    try Data([0x1F, 0x8B, 8, 0, 1]).write(to: tool.folder.appendingPathComponent("cut.gz"))
    for table in ["short.csv", "foreign.h5", "cut.gz", "none.csv"] {
      for arguments in [
        ["train", table, "--target", "b"], ["predict", table, "-m", "foreign.h5"],
      ] {
        let (outcome, isStray) = try faults.watchClosing(arguments, in: tool)
        #expect(outcome.status == 2)
        #expect(!isStray, "\(arguments)")
      }
    }
  }

  @Test("A file system that is really full is named, and the old file stays")
  func smallFileSystem() throws {
    guard let stopped = try StoppedRun() else { return }
    defer { stopped.faults.remove() }
    let disk = stopped.tool.folder.appendingPathComponent("disk")
    try FileManager.default.createDirectory(at: disk, withIntermediateDirectories: true)
    func mount(_ program: String, _ arguments: String...) -> Bool {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: program)
      process.arguments = arguments
      process.standardError = FileHandle.nullDevice
      guard (try? process.run()) != nil else { return false }
      process.waitUntilExit()
      return process.terminationStatus == 0
    }
    // Room for the old file and little more.
    let size = "size=\(stopped.old.count / 1024 + 40)k"
    guard getuid() == 0, mount("/bin/mount", "-t", "tmpfs", "-o", size, "tmpfs", disk.path) else {
      print("no right to mount a small file system: a disk that is really full is not tried")
      return
    }
    defer { _ = mount("/bin/umount", disk.path) }
    try stopped.old.write(to: disk.appendingPathComponent("model.h5"))
    let outcome = try stopped.tool.run(
      "train", "iris.csv", "--target", "species", "--epochs", "2", "--hidden", "256,256", "-o",
      "disk/model.h5", "--quiet")
    #expect(outcome.status == 2)
    #expect(outcome.errorLines.count == 1)
    #expect(outcome.errors.contains("disk/model.h5"), "\(outcome.errors)")
    #expect(outcome.errors.contains("no space left on device"), "\(outcome.errors)")
    #expect(try Data(contentsOf: disk.appendingPathComponent("model.h5")) == stopped.old)
    #expect(try FileManager.default.contentsOfDirectory(atPath: disk.path) == ["model.h5"])
  }
}

/// A folder with the irises and a run on them that was stopped, and the library for faults.
private struct StoppedRun {
  let tool: Tool
  let faults: Faults
  /// The bytes of the run's file.
  let old: Data
  /// The epochs that are done.
  private let epoch: Int

  /// Stops a run; nil, and said aloud, where no call can be made to fail.
  init?() throws {
    tool = try Tool()
    guard let faults = try Faults() else {
      print("no compiler, or no LD_PRELOAD: faults of the disk are not tried")
      return nil
    }
    self.faults = faults
    try tool.copyTable("iris.csv")
    let run = try tool.start(
      [
        "train", "iris.csv", "--target", "species", "--epochs", "1000000", "--patience", "none",
        "--hidden", "4", "--checkpoint-every", "1", "--quiet",
      ])
    let limit = Date().addingTimeInterval(20)
    while !tool.has("model.h5"), Date() < limit { usleep(500) }
    run.process.interrupt()
    let outcome = try tool.finish(run)
    try #require(outcome.status == 130, "\(outcome.errors)")
    old = try tool.contents("model.h5")
    let report = try tool.run("inspect", "--json").json()
    let training = try #require(report["training"] as? [String: Any])
    epoch = try #require(training["epoch"] as? Int)
  }

  /// The words of a command that replaces the file.
  func arguments(of command: String, epochs: Int = 1, isQuiet: Bool = true) -> [String] {
    let quiet = isQuiet ? ["--quiet"] : []
    switch command {
    case "train":
      return [
        "train", "iris.csv", "--target", "species", "--epochs", "\(1 + epochs)", "--hidden", "4",
      ] + quiet
    case "finetune":
      return ["finetune", "iris.csv", "--epochs", "\(epochs)", "-o", "model.h5"] + quiet
    default: return ["resume", "--epochs", "\(epoch + epochs)"] + quiet
    }
  }

  /// Brings the folder back to what it was.
  func restore() throws {
    for name in try tool.files() where name != "iris.csv" {
      try FileManager.default.removeItem(at: tool.folder.appendingPathComponent(name))
    }
    try old.write(to: tool.folder.appendingPathComponent("model.h5"))
  }

  /// Checks what a command with a fault in it has left behind.
  ///
  /// - Parameter words: what the error is called.
  func check(_ outcome: Tool.Outcome, words: String, _ what: String) throws {
    #expect([0, 2].contains(outcome.status), "\(what): \(outcome.status)")
    let isOld = try tool.contents("model.h5") == old
    if outcome.status == 0 {
      #expect(!isOld, "\(what)")
      #expect(outcome.errors.isEmpty, "\(what): \(outcome.errors)")
    } else {
      #expect(outcome.errorLines.count == 1, "\(what): \(outcome.errors)")
      #expect(outcome.errors.hasPrefix("nnmodel: model.h5: "), "\(what): \(outcome.errors)")
      #expect(outcome.errors.contains(words), "\(what): \(outcome.errors)")
    }
    if !isOld {
      let verified = try tool.run("verify")
      #expect(verified.status == 0, "\(what): \(verified.output)")
    }
    // Of a run that failed both of its checkpoints stay; a name that cannot be removed stays too.
    let spared =
      what.contains("unlink")
      ? ["model.h5.previous", ".model.h5.lock"] : outcome.status == 0 ? [] : ["model.h5.previous"]
    if tool.has("model.h5.previous") {
      #expect(try tool.run("verify", "model.h5.previous").status == 0, "\(what)")
    }
    let files = try tool.files().filter { !spared.contains($0) }
    #expect(files == ["iris.csv", "model.h5"], "\(what): \(files)")
  }
}
