import Foundation

/// System calls that are made to fail, by a library that is loaded before all others; it is built
/// from `Tests/Faults/faults.c`.
struct Faults {
  /// A call that fails, on files whose path contains some text.
  struct Fault {
    /// What fails: open, write, read, sync, rename, link, unlink, close, truncate or map.
    var call: String
    var path = "model.h5"
    /// Which of these calls, from 1.
    var place = 1
    /// The error; 0 for a call that is carried out in part.
    var error: Int32
    /// Whether all later ones fail too.
    var stays = false
  }

  private let library: String

  /// Builds the library; nil where there is no way to put one before others, or no compiler.
  init?() throws {
    #if os(Linux)
      guard
        let compiler = ["/usr/bin/cc", "/usr/bin/clang", "/usr/bin/gcc"].first(
          where: FileManager.default.isExecutableFile)
      else { return nil }
      library =
        FileManager.default.temporaryDirectory
        .appendingPathComponent("nnmodel-faults-\(UUID().uuidString).so").path
      let source = fixtures.appendingPathComponent("../Tests/Faults/faults.c").path
      let process = Process()
      process.executableURL = URL(fileURLWithPath: compiler)
      process.arguments = ["-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"]
      try process.run()
      process.waitUntilExit()
      guard process.terminationStatus == 0 else { throw NotBuilt() }
    #else
      return nil
    #endif
  }

  struct NotBuilt: Error {}

  /// Removes the library.
  func remove() { try? FileManager.default.removeItem(atPath: library) }

  /// Runs the tool with a fault.
  ///
  /// - Returns: what came of it; nil where there are not so many calls.
  func run(_ arguments: [String], in tool: Tool, with fault: Fault) throws -> Tool.Outcome? {
    let mark = library + ".mark"
    try? FileManager.default.removeItem(atPath: mark)
    var environment = [
      "LD_PRELOAD": library, "FAULT_CALL": fault.call, "FAULT_PATH": fault.path,
      "FAULT_AT": "\(fault.place)", "FAULT_ERROR": "\(fault.error)", "FAULT_MARK": mark,
    ]
    if fault.stays { environment["FAULT_STAYS"] = "1" }
    let outcome = try tool.finish(tool.start(arguments, environment: environment))
    guard FileManager.default.fileExists(atPath: mark) else { return nil }
    try FileManager.default.removeItem(atPath: mark)
    return outcome
  }

  /// Runs the tool, and watches whether it closes a file that is not open.
  func watchClosing(
    _ arguments: [String], in tool: Tool
  ) throws -> (outcome: Tool.Outcome, isStray: Bool) {
    let mark = library + ".mark"
    let environment = ["LD_PRELOAD": library, "FAULT_STRAY": "1", "FAULT_MARK": mark]
    let outcome = try tool.finish(tool.start(arguments, environment: environment))
    let isStray = FileManager.default.fileExists(atPath: mark)
    if isStray { try FileManager.default.removeItem(atPath: mark) }
    return (outcome, isStray)
  }
}
