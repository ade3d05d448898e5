#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// What the process that reads foreign files gives up before it opens one.
///
/// The operating system holds it to this whatever the library is made to do by the bytes of a file.
enum Confinement {
  /// Bounds memory, processor time and the size of files, and closes what was inherited beside the
  /// standard streams.
  static func begin(_ limits: ForeignLimits, at place: Place) throws(HDF5Error) {
    for descriptor in firstOther..<mostDescriptors { File.close(descriptor) }
    // A write beyond the limit is an error to tell, not to die of.
    signal(SIGXFSZ, SIG_IGN)
    try limit(core, to: 0, at: place)
    // Beyond the first bound comes a signal of its own, beyond the second the end.
    try limit(processorTime, to: limits.seconds, atMost: limits.seconds + 1, at: place)
    try limit(fileSize, to: limits.translationByteCount, at: place)
    try limit(processes, to: 0, at: place)
    #if os(Linux)
      try limit(addressSpace, to: limits.addressSpace, at: place)
    #endif
  }

  /// Sees to it that one more file can be opened and none after it: no other one that a file might
  /// name, no library, and no connection to another machine.
  static func leaveOneDescriptor(at place: Place) throws(HDF5Error) {
    let next = dup(0)
    guard next >= 0 else { throw File.systemError("open the file", at: place) }
    File.close(next)
    try limit(descriptors, to: Int(next) + 1, at: place)
  }

  /// Standard input, output and errors come before it.
  private static let firstOther: CInt = 3
  private static let mostDescriptors: CInt = 1024

  /// Lowers a limit; one that is lower already stays as it is.
  private static func limit(
    _ resource: Resource, to amount: Int, atMost largest: Int? = nil, at place: Place
  ) throws(HDF5Error) {
    var limit = rlimit()
    guard getrlimit(resource, &limit) == 0 else {
      throw File.systemError("bound the reading process", at: place)
    }
    limit.rlim_max = min(limit.rlim_max, rlim_t(largest ?? amount))
    limit.rlim_cur = min(limit.rlim_cur, limit.rlim_max, rlim_t(amount))
    guard setrlimit(resource, &limit) == 0 else {
      throw File.systemError("bound the reading process", at: place)
    }
  }

  #if canImport(Glibc)
    private typealias Resource = __rlimit_resource_t
    private static let core = __rlimit_resource_t(RLIMIT_CORE.rawValue)
    private static let processorTime = __rlimit_resource_t(RLIMIT_CPU.rawValue)
    private static let fileSize = __rlimit_resource_t(RLIMIT_FSIZE.rawValue)
    private static let processes = __rlimit_resource_t(__RLIMIT_NPROC.rawValue)
    private static let descriptors = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    private static let addressSpace = __rlimit_resource_t(RLIMIT_AS.rawValue)
  #else
    private typealias Resource = CInt
    private static let core = RLIMIT_CORE
    private static let processorTime = RLIMIT_CPU
    private static let fileSize = RLIMIT_FSIZE
    private static let processes = RLIMIT_NPROC
    private static let descriptors = RLIMIT_NOFILE
  #endif
}
