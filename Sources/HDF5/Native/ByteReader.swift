/// Reads numbers and names one after the other from a range of a mapped file, and never beyond it.
struct ByteReader {
  private let source: Source

  /// Where in the file the next byte lies.
  private(set) var position: Int

  private let end: Int

  /// A reader of a range that the file has.
  init(_ file: MappedFile, range: Range<Int>, place: Place) {
    precondition(range.upperBound <= file.byteCount, "a reader must stay within its file")
    source = Source(file: file, place: place)
    position = range.lowerBound
    end = range.upperBound
  }

  private init(_ source: Source, range: Range<Int>) {
    self.source = source
    position = range.lowerBound
    end = range.upperBound
  }

  /// Shared by all readers of one object, so that a reader is cheap to copy.
  private final class Source {
    let file: MappedFile
    let place: Place

    init(file: MappedFile, place: Place) {
      self.file = file
      self.place = place
    }
  }
}

extension ByteReader {
  var file: MappedFile { source.file }

  /// What is being read, for messages.
  var place: Place { source.place }

  /// The number of bytes that are left.
  var remaining: Int { end - position }

  /// The next number, little-endian.
  mutating func next<Value: FixedWidthInteger & BitwiseCopyable>(
    _ type: Value.Type
  ) throws(HDF5Error) -> Value {
    let range = try take(MemoryLayout<Value>.size)
    return file.load(at: range.lowerBound, as: type)
  }

  /// The next number of 1, 2, 4 or 8 bytes, given as a power of 2.
  mutating func next(sizeExponent: UInt8) throws(HDF5Error) -> UInt64 {
    switch sizeExponent {
    case 0: UInt64(try next(UInt8.self))
    case 1: UInt64(try next(UInt16.self))
    case 2: UInt64(try next(UInt32.self))
    default: try next(UInt64.self)
    }
  }

  /// The next address in the file; nil where HDF5 says that there is none.
  mutating func nextAddress() throws(HDF5Error) -> UInt64? {
    let address = try next(UInt64.self)
    return address == .max ? nil : address
  }

  /// Where the next bytes lie.
  mutating func take(_ count: Int) throws(HDF5Error) -> Range<Int> {
    guard count >= 0, count <= remaining else {
      throw damaged("expected \(count) more bytes at \(position), found \(remaining)")
    }
    defer { position += count }
    return position..<position + count
  }

  /// A reader of the next bytes alone.
  mutating func part(_ count: Int) throws(HDF5Error) -> ByteReader {
    ByteReader(source, range: try take(count))
  }

  /// A reader of other bytes of the same object.
  ///
  /// - Precondition: the file has the range.
  func moved(to range: Range<Int>) -> ByteReader {
    precondition(range.upperBound <= file.byteCount, "a reader must stay within its file")
    return ByteReader(source, range: range)
  }

  /// Checks the next number against what it must be.
  mutating func expect<Value: FixedWidthInteger & BitwiseCopyable>(
    _ value: Value, _ words: String
  ) throws(HDF5Error) {
    let found = try next(Value.self)
    guard found == value else { throw notNative("\(words) \(value)", found: "\(found)") }
  }

  /// Checks that nothing is left.
  func expectEnd(of words: String) throws(HDF5Error) {
    guard remaining == 0 else {
      throw damaged("expected the end of \(words) at \(position), found \(remaining) bytes more")
    }
  }

  /// An error that says what contradicts the format.
  func damaged(_ words: String) -> HDF5Error { HDF5Error(place, .damaged(words)) }

  /// An error that says what HDF5 allows but a native file does not have.
  func notNative(_ expected: String, found: String) -> HDF5Error {
    HDF5Error(place, .notNative("expected \(expected), found \(found)"))
  }
}
