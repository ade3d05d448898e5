import CKernels

/// Growing memory for text, with 64 readable bytes before the first and after the last byte.
///
/// The margins let the C loops read whole vectors at the edges. A buffer has one owner at a
/// time: it may be handed from thread to thread but not used by two at once.
@safe
package final class TextBuffer: @unchecked Sendable {
  /// The number of readable bytes around the text.
  package static let margin = 64

  /// The number of bytes of text.
  package private(set) var count = 0

  /// The number of bytes of text that fit without growing.
  package private(set) var capacity: Int

  private var memory: UnsafeMutablePointer<UInt8>

  /// An empty buffer with room for some bytes.
  package init(capacity: Int = 0) {
    self.capacity = capacity
    memory = TextBuffer.allocate(capacity)
  }

  /// A buffer with a copy of a text.
  package convenience init(_ text: some Collection<UInt8>) {
    self.init(capacity: text.count)
    append(contentsOf: text)
  }

  deinit { memory.deallocate() }

  /// The first byte; valid until the buffer grows or goes.
  var start: UnsafeMutablePointer<UInt8> { memory + TextBuffer.margin }

  private static func allocate(_ capacity: Int) -> UnsafeMutablePointer<UInt8> {
    let memory = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity + 2 * margin)
    memory.initialize(repeating: 0, count: margin)
    (memory + margin + capacity).initialize(repeating: 0, count: margin)
    return memory
  }
}

// MARK: - Changing

extension TextBuffer {
  /// Makes room for more bytes behind the text.
  package func reserve(_ additional: Int) {
    guard count + additional > capacity else { return }
    let larger = max(count + additional, 2 * capacity)
    let copy = TextBuffer.allocate(larger)
    (copy + TextBuffer.margin).update(from: start, count: count)
    memory.deallocate()
    memory = copy
    capacity = larger
  }

  /// Appends bytes.
  package func append(contentsOf bytes: some Collection<UInt8>) {
    reserve(bytes.count)
    var place = start + count
    for byte in bytes {
      place.pointee = byte
      place += 1
    }
    count += bytes.count
  }

  /// Appends a range of another buffer.
  package func append(_ other: TextBuffer, _ range: Range<Int>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= other.count, "outside the text")
    reserve(range.count)
    (start + count).update(from: other.start + range.lowerBound, count: range.count)
    count += range.count
  }

  /// Lets a closure write behind the text; it returns how many bytes it wrote.
  package func appendBytes<Failure: Error>(
    upTo limit: Int, _ write: (UnsafeMutableRawBufferPointer) throws(Failure) -> Int
  ) throws(Failure) -> Int {
    reserve(limit)
    let written = try write(UnsafeMutableRawBufferPointer(start: start + count, count: limit))
    precondition(written >= 0 && written <= limit, "wrote past the room given")
    count += written
    return written
  }

  /// Drops the bytes from a place on.
  package func truncate(to newCount: Int) {
    precondition(newCount >= 0 && newCount <= count, "outside the text")
    count = newCount
  }

  /// Drops the first bytes.
  package func removeFirst(_ dropped: Int) {
    precondition(dropped >= 0 && dropped <= count, "outside the text")
    start.update(from: start + dropped, count: count - dropped)
    count -= dropped
  }
}

// MARK: - Reading

extension TextBuffer {
  /// One byte.
  package subscript(place: Int) -> UInt8 {
    precondition(place >= 0 && place < count, "outside the text")
    return start[place]
  }

  /// A copy of a range.
  package func bytes(_ range: Range<Int>) -> [UInt8] {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "outside the text")
    return Array(UnsafeBufferPointer(start: start + range.lowerBound, count: range.count))
  }

  /// A copy of all bytes.
  package func bytes() -> [UInt8] { bytes(0..<count) }

  /// Calls a closure with all bytes.
  package func withBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(UnsafeRawBufferPointer(start: start, count: count))
  }
}
