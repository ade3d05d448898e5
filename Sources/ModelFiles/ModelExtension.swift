import Tensors

/// What another program keeps in a model file, below `/ext/<its name>`.
///
/// nnmodel looks at none of it, and keeps it on every rewrite: datasets bit for bit, attributes by
/// their values. Names are reverse domain names, as in `org.example.calibration`, so that programs
/// do not meet.
public struct ModelExtension: Equatable, Sendable {
  /// A group with everything in it, in the order of creation.
  public struct Group: Equatable, Sendable {
    /// Short facts about the group.
    public var attributes: [String: Attribute]
    /// What lies in the group.
    public var children: [Child]

    /// A group.
    public init(attributes: [String: Attribute] = [:], children: [Child] = []) {
      self.attributes = attributes
      self.children = children
    }
  }

  /// Something in a group under a name of its own.
  public struct Child: Equatable, Sendable {
    /// The name: 1 to 255 bytes without `/`.
    public var name: String
    /// What it is.
    public var item: Item

    /// A child.
    public init(_ name: String, _ item: Item) {
      self.name = name
      self.item = item
    }
  }

  /// What can lie in a group.
  public enum Item: Equatable, Sendable {
    /// A further group.
    case group(Group)
    /// Numbers or truth values of any element type.
    case tensor(Tensor, attributes: [String: Attribute] = [:])
    /// Texts in fields of so many bytes, filled up with zeros; as many as the shape has places.
    case texts(
      [String], shape: [Int], fieldByteCount: Int, attributes: [String: Attribute] = [:])
  }

  /// A short fact. Integers are stored as int64, numbers as float64.
  public enum Attribute: Equatable, Sendable {
    case text(String)
    case texts([String])
    case integer(Int64)
    case integers([Int64])
    case number(Double)
    case numbers([Double])
  }

  /// The program's name, a reverse domain name.
  public var name: String

  /// What it keeps.
  public var content: Group

  /// An extension.
  public init(_ name: String, _ content: Group) {
    self.name = name
    self.content = content
  }

  /// Whether a name is a reverse domain name: two or more parts of letters, digits and hyphens.
  static func isName(_ name: String) -> Bool {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count >= 2 && name.utf8.count <= 128
      && parts.allSatisfy { part in
        !part.isEmpty && part.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }
      }
  }
}

extension ModelExtension.Item {
  /// One text.
  public static func text(
    _ text: String, attributes: [String: ModelExtension.Attribute] = [:]
  ) -> ModelExtension.Item {
    .texts([text], shape: [], fieldByteCount: max(text.utf8.count, 1), attributes: attributes)
  }
}
