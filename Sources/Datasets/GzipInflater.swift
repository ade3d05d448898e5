import CZlib
import Kernels

/// Unpacks gzip data of one or more members.
@safe
final class GzipInflater {
  private let name: String
  private let stream: UnsafeMutablePointer<z_stream>
  /// Whether the last member is complete.
  private var isAtEnd = false

  init(name: String) throws(TableError) {
    self.name = name
    unsafe stream = .allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    // 15 bits of window; 16 more ask for gzip's header and checksum.
    let status = unsafe inflateInit2_(
      stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    guard status == Z_OK else { throw TableError(name, .damagedGzip("zlib cannot start")) }
  }

  deinit {
    unsafe inflateEnd(stream)
    unsafe stream.deallocate()
  }

  /// Unpacks some of the packed bytes; returns how many of those were used up.
  func inflate(
    _ packed: TextBuffer, into out: TextBuffer, upTo limit: Int
  ) throws(TableError) -> Int {
    if isAtEnd {
      guard packed.count > 0 else { return 0 }
      // Between members: another header, or the zeros that tapes and disks pad with.
      let zeros = (0..<packed.count).prefix { packed[$0] == 0 }.count
      if zeros > 0 { return zeros }
      guard packed[0] == 0x1F else {
        throw TableError(name, .damagedGzip("something else follows its end"))
      }
      unsafe inflateReset(stream)
      isAtEnd = false
    }
    var status = Z_OK
    var used = 0
    _ = unsafe out.appendBytes(upTo: limit) { room in
      unsafe packed.withBytes { input in
        unsafe stream.pointee.next_in = UnsafeMutablePointer(
          mutating: input.bindMemory(to: UInt8.self).baseAddress)
        unsafe stream.pointee.avail_in = UInt32(input.count)
        unsafe stream.pointee.next_out = room.bindMemory(to: UInt8.self).baseAddress
        unsafe stream.pointee.avail_out = UInt32(room.count)
        status = unsafe CZlib.inflate(stream, Z_NO_FLUSH)
        used = unsafe input.count - Int(stream.pointee.avail_in)
        return unsafe room.count - Int(stream.pointee.avail_out)
      }
    }
    switch status {
    case Z_STREAM_END: isAtEnd = true
    case Z_OK, Z_BUF_ERROR: break
    default:
      let reason = unsafe stream.pointee.msg.map { unsafe String(cString: $0) }
      throw TableError(name, .damagedGzip(reason ?? "zlib says \(status)"))
    }
    return used
  }

  /// Says that no packed bytes are left.
  func finish() throws(TableError) {
    guard isAtEnd else { throw TableError(name, .damagedGzip("it ends too early")) }
  }
}
