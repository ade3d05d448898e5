import CZip

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The libzip library, loaded when an archive is first read or written.
enum ZipLibrary {
  private static let loaded = Result { () throws(FormatError) in try load() }

  /// The functions of the library.
  ///
  /// - Throws: ``FormatError`` when it is not installed.
  static func functions() throws(FormatError) -> nn_zip { try loaded.get() }

  /// Names under which the library may be installed; its functions are the same in all of them.
  private static var candidates: [String] {
    #if os(Linux)
      ["libzip.so.5", "libzip.so.4", "libzip.so"]
    #else
      ["libzip.dylib", "/opt/homebrew/lib/libzip.dylib", "/usr/local/lib/libzip.dylib"]
    #endif
  }

  private static func load() throws(FormatError) -> nn_zip {
    for name in candidates {
      guard let library = unsafe dlopen(name, RTLD_LAZY | RTLD_LOCAL) else { continue }
      var table = nn_zip()
      if let symbol = unsafe nn_zip_find_functions(&table, library) {
        throw FormatError("libzip", "\(name) lacks \(unsafe String(cString: symbol))")
      }
      return table
    }
    throw FormatError("libzip", "the library was not found; install it with: tools/setup")
  }
}

extension nn_zip {
  /// What the library says about an error, as words that follow a colon.
  func words(_ error: UnsafeMutablePointer<zip_error_t>?) -> String {
    guard let error = unsafe error, let text = unsafe errorWords(error) else {
      return "unknown error"
    }
    let words = unsafe String(cString: text)
    // Words in capitals stay: CRC error.
    let isWord = words.dropFirst().first?.isLowercase == true
    return isWord ? words.prefix(1).lowercased() + words.dropFirst() : words
  }
}
