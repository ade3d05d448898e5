#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Turns the first SIGINT or SIGTERM into a flag; the next one ends the program at once.
@safe
enum Interruption {
  /// C promises only this type to be whole in a handler; memory, so that no access is checked.
  nonisolated(unsafe) private static let flag: UnsafeMutablePointer<sig_atomic_t> = {
    let flag = UnsafeMutablePointer<sig_atomic_t>.allocate(capacity: 1)
    unsafe flag.initialize(to: 0)
    return unsafe flag
  }()

  /// The exit code of a run that was interrupted and saved, as a shell would have it for SIGINT.
  static let exitCode: Int32 = 130

  /// Whether a signal has come.
  static var hasCome: Bool { unsafe flag.pointee != 0 }

  /// From now on signals are noted.
  static func listen() {
    unsafe flag.pointee = 0
    var action = sigaction()
    #if canImport(Glibc)
      unsafe action.__sigaction_handler.sa_handler = { _ in unsafe Interruption.flag.pointee = 1 }
    #else
      unsafe action.__sigaction_u.__sa_handler = { _ in unsafe Interruption.flag.pointee = 1 }
    #endif
    // Reset by the first signal, so that the second does what signals usually do. Reads and
    // writes that are under way go on.
    action.sa_flags = Int32(SA_RESTART) | Int32(bitPattern: UInt32(SA_RESETHAND))
    var signals = sigset_t()
    unsafe sigemptyset(&signals)
    for signal in [SIGINT, SIGTERM] {
      unsafe sigaction(signal, &action, nil)
      unsafe sigaddset(&signals, signal)
    }
    // A program that starts this one from a thread of its own may have passed on a mask.
    unsafe pthread_sigmask(SIG_UNBLOCK, &signals, nil)
  }
}
