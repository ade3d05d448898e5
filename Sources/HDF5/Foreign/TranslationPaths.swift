/// The names in a translation: the native file in which the reading process hands over what a
/// foreign file holds.
///
/// ```
/// /                 attribute `translation`: the version of this form, 1
/// /kinds            uint8 [n]: what every object is, by ``ObjectCode``; the root group first, and
///                   every group before what is in it
/// /parents          int64 [n]: the number of every object's group
/// /names            uint8: the names one after the other; that of the root group is empty
/// /name_ends        int64 [n]: where each name ends
/// /values/0/0       the value of dataset 0; 256 to a group, so that dataset 256 is /values/1/0
/// /attributes/0/0/  the attributes of object 0 as values 0, 1, …, each with an attribute `name`
/// ```
///
/// The library takes long to write many small objects, so that there is nothing of a group but its
/// row in the table.
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

  static let kinds = "kinds"
  static let parents = "parents"
  static let names = "names"
  static let nameEnds = "name_ends"
  static let values = "values"
  static let attributes = "attributes"
  static let name = "name"

  static let stored = "stored"
  static let bytes = "bytes"
  static let ends = "ends"
  static let reason = "reason"
  static let shape = "shape"

  /// What an object is.
  enum ObjectCode: UInt8 {
    case group = 0
    case dataset = 1
    case namedType = 2
  }
}
