import Kernels

/// What the bits of a run depend on besides data, network, options and state.
///
/// A run goes on to the same bits in an equal environment. The number of threads is not part of it,
/// since no result depends on it.
public struct ExecutionEnvironment: Codable, Hashable, Sendable {
  /// The program and its version.
  public var program: String

  /// The processor's architecture and the widest instructions in use, for example
  /// `x86_64 avx512`.
  public var instructionSet: String

  /// The versions of the libraries that took part in the arithmetic, by name; those that no product
  /// was large enough for are not among them.
  public var libraries: [String: String]

  /// An environment.
  public init(program: String, instructionSet: String, libraries: [String: String] = [:]) {
    self.program = program
    self.instructionSet = instructionSet
    self.libraries = libraries
  }

  /// The environment of this moment.
  public static func current(program: String) -> ExecutionEnvironment {
    ExecutionEnvironment(
      program: program, instructionSet: Kernels.instructionSet,
      libraries: Kernels.oneDNNVersionInUse.map { ["onednn": $0] } ?? [:])
  }

  private enum CodingKeys: String, CodingKey {
    case program, libraries
    case instructionSet = "instruction_set"
  }
}

extension ExecutionEnvironment {
  /// What another environment has otherwise, each in a few words: `program: nnmodel 0.1.0, now
  /// nnmodel 0.2.0`. A library that one of both has not used yet is no difference.
  public func differences(from now: ExecutionEnvironment) -> [String] {
    var differences: [String] = []
    func compare(_ name: String, _ then: String, _ now: String) {
      if then != now { differences.append("\(name): \(then), now \(now)") }
    }
    compare("program", program, now.program)
    compare("instruction set", instructionSet, now.instructionSet)
    for (name, version) in libraries.sorted(by: { $0.key < $1.key }) {
      compare(name, version, now.libraries[name] ?? version)
    }
    return differences
  }
}
