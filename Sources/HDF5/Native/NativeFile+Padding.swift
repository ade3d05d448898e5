extension NativeFile {
  /// Where the first byte lies that belongs to nothing and yet is not zero; nil when there is none.
  ///
  /// Between the parts of a file lie gaps, which align data or were set aside and not used. They
  /// are zeros in every file that ``File`` writes.
  package func strayByte() -> Int? {
    let parts = (claims.metadata + claims.data).sorted { $0.lowerBound < $1.lowerBound }
    var end = 0
    for part in parts + [mapping.byteCount..<mapping.byteCount] {
      if end < part.lowerBound {
        let gap = mapping.bytes(end..<part.lowerBound)
        if let index = gap.firstIndex(where: { $0 != 0 }) { return end + index }
      }
      end = max(end, part.upperBound)
    }
    return nil
  }
}
