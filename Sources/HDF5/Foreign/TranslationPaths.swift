/// The names in a translation: the native file in which the reading process hands over what a
/// foreign file holds.
///
/// ```
/// /               attribute `translation`: the version of this form, 1
/// /0, /1, …       groups of up to 256 objects each, in the order in which they were met
/// /0/0            the root group of the foreign file; /0/255 and then /1/0 are further objects
///   attributes    `kind` (of ``ObjectCode``); `parent`, the number of a group before it; `name`
///   value         a value, for a dataset
///   attributes/   the attributes as values 0, 1, …, each with an attribute `name`
/// ```
///
/// A value has an attribute `stored`, its type in words, and is one of
///
/// ```
/// a dataset                     of numbers, truth values or fixed-length text
/// a group with bytes and ends   texts of any length one after the other, and where each one ends;
///                               `ends` has the shape
/// a group with neither          not read; an attribute `reason` says why, and `shape` the extents
/// ```
enum TranslationPaths {
  static let version = "translation"
  static let currentVersion: Int64 = 1
  static let bucketSize = 256

  static let kind = "kind"
  static let parent = "parent"
  static let name = "name"
  static let value = "value"
  static let attributes = "attributes"

  static let stored = "stored"
  static let bytes = "bytes"
  static let ends = "ends"
  static let reason = "reason"
  static let shape = "shape"

  /// What an object is.
  enum ObjectCode: Int64 {
    case group = 0
    case dataset = 1
    case namedType = 2
  }
}
