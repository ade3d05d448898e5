import CHDF5

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The HDF5 library: loaded when first needed, and entered by one caller at a time.
///
/// Nothing else calls a function of HDF5. The library keeps global state and is not written for
/// concurrent use, so ``call(_:at:_:)`` holds one lock over every entry, and turns the library's
/// error stack into an ``HDF5Error`` before anyone else can overwrite it.
final class Library: @unchecked Sendable {
  private let functions: nn_hdf5
  private let lock: UnsafeMutablePointer<pthread_mutex_t>

  private static let loaded = Result { () throws(HDF5Error) in try Library() }

  private init() throws(HDF5Error) {
    functions = try Library.load()
    // The lock is entered again where a handle goes out of use inside a call.
    lock = .allocate(capacity: 1)
    var attributes = pthread_mutexattr_t()
    pthread_mutexattr_init(&attributes)
    pthread_mutexattr_settype(&attributes, CInt(PTHREAD_MUTEX_RECURSIVE))
    pthread_mutex_init(lock, &attributes)
    pthread_mutexattr_destroy(&attributes)
  }

  /// Calls one function of HDF5, which reports failure by a negative number.
  ///
  /// - Parameters:
  ///   - operation: what is being done, in words that follow "cannot".
  ///   - place: what it is being done to.
  /// - Throws: ``HDF5Error/Reason/refused(operation:words:)`` with the library's innermost words.
  @discardableResult
  static func call<Code: FixedWidthInteger>(
    _ operation: String, at place: Place, _ body: (nn_hdf5) -> Code
  ) throws(HDF5Error) -> Code {
    let library = try loaded.get()
    pthread_mutex_lock(library.lock)
    defer { pthread_mutex_unlock(library.lock) }
    // A thread has its own setting, and prints errors unless told otherwise.
    _ = library.functions.H5Eset_auto2(hid_t(H5E_DEFAULT), nil, nil)
    let code = body(library.functions)
    guard code < 0 else { return code }
    throw HDF5Error(place, .refused(operation: operation, words: library.innermostWords()))
  }
}

// MARK: - Loading

extension Library {
  /// Names under which the library may be installed, the one it was built with first.
  private static var candidates: [String] {
    #if os(Linux)
      ["libhdf5_serial.so.103", "libhdf5_serial.so", "libhdf5.so"]
    #else
      ["libhdf5.dylib", "/opt/homebrew/lib/libhdf5.dylib", "/usr/local/lib/libhdf5.dylib"]
    #endif
  }

  private static func load() throws(HDF5Error) -> nn_hdf5 {
    func failure(_ words: String) -> HDF5Error {
      HDF5Error(Place(file: "HDF5"), .libraryMissing(words))
    }
    for name in candidates {
      guard let library = dlopen(name, RTLD_LAZY | RTLD_LOCAL) else { continue }
      var table = nn_hdf5()
      if let symbol = nn_hdf5_find_functions(&table, library) {
        throw failure("\(name) lacks \(String(cString: symbol))")
      }
      // At the end of the program the library would go on with files that it failed to write, and
      // crash. Every file is closed before.
      nn_hdf5_keep_from_exit(library)
      var (major, minor, release): (UInt32, UInt32, UInt32) = (0, 0, 0)
      _ = table.H5get_libversion(&major, &minor, &release)
      // Structures may differ between minor versions.
      guard major == nn_hdf5_major, minor == nn_hdf5_minor else {
        throw failure(
          "expected HDF5 \(nn_hdf5_major).\(nn_hdf5_minor), which this program was built with, "
            + "found \(major).\(minor) in \(name)")
      }
      guard table.H5open() >= 0 else { throw failure("\(name) does not start") }
      // A file can name a filter plugin, which would be loaded and run.
      _ = table.H5PLset_loading_state(0)
      if let symbol = nn_hdf5_find_identifiers(&table, library) {
        throw failure("\(name) lacks \(String(cString: symbol))")
      }
      return table
    }
    throw failure("the HDF5 library was not found")
  }
}

// MARK: - Errors

extension Library {
  /// What the function that failed first said, emptied from this thread's error stack.
  private func innermostWords() -> String {
    var words = ""
    withUnsafeMutablePointer(to: &words) { words in
      _ = functions.H5Ewalk2(
        hid_t(H5E_DEFAULT), H5E_WALK_UPWARD,
        { depth, entry, context in
          guard depth == 0, let text = entry?.pointee.desc else { return 0 }
          context?.assumingMemoryBound(to: String.self).pointee = String(cString: text)
          return 0
        }, words)
    }
    _ = functions.H5Eclear2(hid_t(H5E_DEFAULT))
    return Library.systemWords(in: words) ?? words
  }

  /// What the operating system said, where a message of the library quotes it among addresses and
  /// sizes: `…, errno = 28, error message = 'No space left on device', buf = …`.
  private static func systemWords(in words: String) -> String? {
    guard let start = words.firstRange(of: "error message = '")?.upperBound,
      let end = words[start...].firstIndex(of: "'")
    else { return nil }
    return words[start..<end].lowercased()
  }
}
