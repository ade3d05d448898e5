import Foundation

/// The built tool, run as a user runs it, in a folder of its own.
final class Tool {
  /// What a run left behind.
  struct Outcome {
    let status: Int32
    let output: String
    let errors: String

    /// The lines of standard error.
    var errorLines: [String] { errors.split(separator: "\n").map(String.init) }
    /// The lines of standard output.
    var lines: [String] { output.split(separator: "\n").map(String.init) }
    /// The object on standard output.
    func json() throws -> [String: Any] {
      let object = try JSONSerialization.jsonObject(with: Data(output.utf8))
      guard let object = object as? [String: Any] else { throw NotAnObject() }
      return object
    }
  }

  struct NotAnObject: Error {}
  struct NoTool: Error {}

  /// The folder that commands run in; removed at the end.
  let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("nnmodel-command-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  /// Runs the tool to its end; one that takes more than a minute is ended.
  func run(_ arguments: String..., input: Data? = nil) throws -> Outcome {
    try finish(start(arguments, input: input))
  }

  /// Runs the tool with a list of arguments.
  func run(_ arguments: [String]) throws -> Outcome { try finish(start(arguments)) }

  /// A run that has started.
  final class Run {
    let process = Process()
    let output: URL
    let errors: URL

    init(output: URL, errors: URL) {
      self.output = output
      self.errors = errors
    }
  }

  /// Starts the tool without waiting for it.
  ///
  /// - Parameter environment: variables beside the usual ones.
  func start(
    _ arguments: [String], input: Data? = nil, environment: [String: String] = [:]
  ) throws -> Run {
    try start(Tool.executable(), arguments, input: input, environment: environment)
  }

  /// Runs the tool with a line of a shell behind its name.
  ///
  /// - Parameter blocks: the largest file that may be written, in blocks of 512 bytes.
  func run(shell line: String, limitingFilesTo blocks: Int? = nil) throws -> Outcome {
    let limit = blocks.map { "ulimit -f \($0); " } ?? ""
    let words = "\(limit)'\(try Tool.executable().path)' \(line)"
    return try finish(start(URL(fileURLWithPath: "/bin/sh"), ["-c", words], input: nil))
  }

  private func start(
    _ program: URL, _ arguments: [String], input: Data?, environment: [String: String] = [:]
  ) throws -> Run {
    let name = UUID().uuidString
    let run = Run(
      output: folder.appendingPathComponent("\(name).out"),
      errors: folder.appendingPathComponent("\(name).err"))
    let process = run.process
    process.executableURL = program
    process.arguments = arguments
    process.currentDirectoryURL = folder
    process.environment = ["LANG": "C.UTF-8", "PATH": "/usr/bin:/bin", "HOME": folder.path]
      .merging(environment) { _, given in given }
    for file in [run.output, run.errors] { try Data().write(to: file) }
    process.standardOutput = try FileHandle(forWritingTo: run.output)
    process.standardError = try FileHandle(forWritingTo: run.errors)
    if let input {
      let file = folder.appendingPathComponent("\(name).in")
      try input.write(to: file)
      process.standardInput = try FileHandle(forReadingFrom: file)
    } else {
      process.standardInput = FileHandle.nullDevice
    }
    try process.run()
    return run
  }

  /// Waits for a run.
  func finish(_ run: Run) throws -> Outcome {
    let limit = Date().addingTimeInterval(60)
    while run.process.isRunning, Date() < limit { usleep(2000) }
    if run.process.isRunning { run.process.terminate() }
    run.process.waitUntilExit()
    let outcome = Outcome(
      status: run.process.terminationStatus,
      output: String(decoding: try Data(contentsOf: run.output), as: UTF8.self),
      errors: String(decoding: try Data(contentsOf: run.errors), as: UTF8.self))
    for file in [run.output, run.errors] { try FileManager.default.removeItem(at: file) }
    return outcome
  }

  /// The tool lies beside the tests.
  private static func executable() throws -> URL {
    for argument in CommandLine.arguments where argument.contains(".xctest") {
      var folder = URL(fileURLWithPath: argument)
      while folder.pathComponents.count > 1 {
        folder.deleteLastPathComponent()
        let tool = folder.appendingPathComponent("nnmodel")
        if FileManager.default.isExecutableFile(atPath: tool.path),
          !isFolder(tool)
        {
          return tool
        }
      }
    }
    throw NoTool()
  }

  private static func isFolder(_ url: URL) -> Bool {
    (try? url.resourceValues(forKeys: [.isDirectoryKey]))?.isDirectory ?? false
  }
}

// MARK: - Files

extension Tool {
  /// The bytes of a file of the folder.
  func contents(_ name: String) throws -> Data {
    try Data(contentsOf: folder.appendingPathComponent(name))
  }

  /// The text of a file of the folder.
  func text(_ name: String) throws -> String { String(decoding: try contents(name), as: UTF8.self) }

  /// Whether there is such a file.
  func has(_ name: String) -> Bool {
    FileManager.default.fileExists(atPath: folder.appendingPathComponent(name).path)
  }

  /// The number under which the file system keeps a file, another one for every new file.
  func fileNumber(_ name: String) throws -> UInt64 {
    let path = folder.appendingPathComponent(name).path
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    return (attributes[.systemFileNumber] as? NSNumber)?.uint64Value ?? 0
  }

  /// Every file of the folder.
  func files() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
  }

  /// The files that were to be renamed into place and are still there.
  func temporaryFiles() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).filter {
      $0.hasSuffix(".tmp")
    }
  }

  /// Writes a file into the folder.
  func write(_ text: String, to name: String) throws {
    try Data(text.utf8).write(to: folder.appendingPathComponent(name))
  }

  /// Copies a table of the fixtures into the folder.
  func copyTable(_ name: String) throws {
    try FileManager.default.copyItem(
      at: fixtures.appendingPathComponent("tables/\(name)"),
      to: folder.appendingPathComponent(name))
  }

  /// A small model in the folder, `model.h5`, of the irises.
  func trainIris() throws {
    try copyTable("iris.csv")
    let outcome = try run("train", "iris.csv", "--target", "species", "--epochs", "3", "--quiet")
    guard outcome.status == 0 else { throw TrainingFailed(errors: outcome.errors) }
  }

  struct TrainingFailed: Error { let errors: String }
}

/// The fixtures of the repository.
let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
  .appendingPathComponent("../../Fixtures").standardizedFileURL

/// Every command that help shows.
let commands = [
  "train", "finetune", "resume", "predict", "evaluate", "inspect", "verify", "diff", "convert",
  "strip", "cast", "rename", "average", "init-config",
  "completions", "manual",
]
