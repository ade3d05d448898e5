#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A process that says little and is waited for only so long.
struct ChildProcess {
  /// Why there is no process.
  struct Failure: Error { let words: String }

  /// How it ended.
  enum End: Hashable {
    case exited(CInt)
    case signalled(CInt)
    case timedOut
    case unknown
  }

  private let identifier: pid_t
  /// The end of the pipe on which it speaks.
  private let pipe: CInt

  /// Starts a program without standard input and standard error, and with almost no environment.
  init(_ executable: String, _ arguments: [String]) throws(Failure) {
    var ends: [CInt] = [-1, -1]
    guard Glue.pipe(&ends) == 0 else { throw Failure(words: String(cString: strerror(errno))) }
    // Where a standard stream is closed, the pipe may have its number.
    let (reading, writing) = (ends[0], fcntl(ends[1], F_DUPFD_CLOEXEC, 10))
    close(ends[1])
    defer { close(writing) }
    _ = fcntl(reading, F_SETFD, FD_CLOEXEC)
    var actions = Glue.makeFileActions()
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, writing, 1)
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    var attributes = Glue.makeAttributes()
    defer { posix_spawnattr_destroy(&attributes) }
    // Signals that are held back or ignored here have their usual effect there.
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    sigfillset(&signals)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

    var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
    var environment: [UnsafeMutablePointer<CChar>?] = ChildProcess.environment() + [nil]
    defer { for word in words + environment { free(word) } }
    var child: pid_t = 0
    let code = posix_spawn(&child, executable, &actions, &attributes, &words, &environment)
    guard code == 0 else {
      close(reading)
      throw Failure(words: String(cString: strerror(code)).lowercased())
    }
    identifier = child
    pipe = reading
  }

  /// Of the environment the process gets only what tells the system where its libraries are.
  private static func environment() -> [UnsafeMutablePointer<CChar>?] {
    let kept: [String] = ["LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"]
    return kept.compactMap { (name: String) -> UnsafeMutablePointer<CChar>? in
      guard let value = getenv(name) else { return nil }
      return strdup("\(name)=\(String(cString: value))")
    }
  }
}

// MARK: - Waiting

extension ChildProcess {
  /// Waits for the process, and ends it when its time is over.
  ///
  /// - Parameter messageLimit: the bytes that are listened to; what else it says is thrown away.
  /// - Returns: how it ended, and what it said.
  func finish(within seconds: Int, messageLimit: Int) -> (End, [UInt8]) {
    let deadline = ChildProcess.now() + Double(seconds)
    var message: [UInt8] = []
    var isTimedOut = !listen(until: deadline, limit: messageLimit, to: &message)
    close(pipe)
    // A process that is silent for good may still be running.
    var status: CInt = 0
    while !isTimedOut {
      let code = waitpid(identifier, &status, WNOHANG)
      if code == identifier { return (ChildProcess.end(status), message) }
      if code < 0, errno != EINTR { return (.unknown, message) }
      isTimedOut = ChildProcess.now() > deadline
      usleep(500)
    }
    kill(identifier, SIGKILL)
    while waitpid(identifier, &status, 0) < 0, errno == EINTR {}
    return (.timedOut, message)
  }

  /// Listens until the process has closed its end.
  ///
  /// - Returns: whether it did so in time.
  private func listen(until deadline: Double, limit: Int, to message: inout [UInt8]) -> Bool {
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let left = deadline - ChildProcess.now()
      guard left > 0 else { return false }
      var descriptor = pollfd(fd: pipe, events: Int16(POLLIN), revents: 0)
      let ready = poll(&descriptor, 1, CInt(min(left, 3600) * 1000) + 1)
      guard ready > 0 else {
        if ready == 0 || errno == EINTR { continue }
        return true
      }
      let count = read(pipe, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return true }
      message += buffer.prefix(min(count, limit - message.count))
    }
  }

  private static func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  /// What a status of `waitpid` says: the signal in the lowest 7 bits, or the status above them.
  private static func end(_ status: CInt) -> End {
    let signal = status & 0x7f
    return signal == 0 ? .exited(status >> 8 & 0xff) : .signalled(signal)
  }
}

/// What the systems declare differently.
private enum Glue {
  #if canImport(Glibc)
    typealias FileActions = posix_spawn_file_actions_t
    static func makeFileActions() -> FileActions {
      var actions = FileActions()
      posix_spawn_file_actions_init(&actions)
      return actions
    }
    static func makeAttributes() -> posix_spawnattr_t {
      var attributes = posix_spawnattr_t()
      posix_spawnattr_init(&attributes)
      return attributes
    }
  #else
    typealias FileActions = posix_spawn_file_actions_t?
    static func makeFileActions() -> FileActions {
      var actions: FileActions = nil
      posix_spawn_file_actions_init(&actions)
      return actions
    }
    static func makeAttributes() -> posix_spawnattr_t? {
      var attributes: posix_spawnattr_t?
      posix_spawnattr_init(&attributes)
      return attributes
    }
  #endif

  /// The function that a property hides.
  static func pipe(_ ends: inout [CInt]) -> CInt { unixPipe(&ends) }
}

private func unixPipe(_ ends: inout [CInt]) -> CInt {
  ends.withUnsafeMutableBufferPointer { ends in ends.baseAddress.map { pipe($0) } ?? -1 }
}
