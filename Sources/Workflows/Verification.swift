import ModelFiles

/// Says whether a model file is as it was written, and can be trusted.
public enum Verification {
  /// Reads all of a file and looks for what is wrong with it.
  ///
  /// What cannot be opened as a model file at all is reported as its only problem.
  public static func run(_ path: String) -> VerificationReport {
    do {
      return VerificationReport(try ModelFile(reading: path))
    } catch let error as ModelFileError {
      return VerificationReport(
        path: path, problem: ModelFileProblem(.structure, path: error.path, error.problem))
    } catch {
      return VerificationReport(path: path, problem: ModelFileProblem(.structure, "\(error)"))
    }
  }
}

/// What is wrong with a model file.
public struct VerificationReport: Encodable, Sendable {
  /// The file, as it was named.
  public let path: String
  /// The size of the file; nil where it cannot be opened.
  public let byteCount: Int?
  /// What the file says it holds; nil where it cannot be opened.
  public let identity: String?
  /// The same of its weights alone.
  public let weightsIdentity: String?
  /// The number of datasets that were compared with their digests.
  public let datasetCount: Int
  /// Everything that is wrong; empty for a whole file.
  public let problems: [ModelFileProblem]

  /// Whether nothing is wrong.
  public let isWhole: Bool

  fileprivate init(_ file: ModelFile) {
    path = file.name
    byteCount = file.byteCount
    identity = file.identity
    weightsIdentity = file.weightsIdentity
    datasetCount = file.datasetCount
    problems = file.verify()
    isWhole = problems.isEmpty
  }

  fileprivate init(path: String, problem: ModelFileProblem) {
    self.path = path
    byteCount = nil
    identity = nil
    weightsIdentity = nil
    datasetCount = 0
    problems = [problem]
    isWhole = false
  }

  private enum CodingKeys: String, CodingKey {
    case path, identity, weightsIdentity, problems, isWhole
    case byteCount = "bytes"
    case datasetCount = "datasets"
  }
}
