/// A promise of the library that the bytes of a file have broken.
package struct BrokenPromise: Error, CustomStringConvertible {
  /// What happened.
  package let description: String

  package init(_ description: String) { self.description = description }
}
