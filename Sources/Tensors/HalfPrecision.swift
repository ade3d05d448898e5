/// The values of 16-bit floating-point formats.
///
/// Written out because Swift's `Float16` does not exist on every platform.
public enum HalfPrecision {
  /// The value of an IEEE 754 binary16 bit pattern.
  public static func float(fromBinary16 bits: UInt16) -> Float {
    let sign = UInt32(bits & 0x8000) << 16
    let exponent = UInt32(bits >> 10) & 0x1F
    let fraction = UInt32(bits & 0x3FF)
    switch exponent {
    case 0:
      // Zero and subnormals: fraction · 2^-24.
      let magnitude = Float(fraction) * 0x1p-24
      return sign == 0 ? magnitude : -magnitude
    case 0x1F:
      return Float(bitPattern: sign | 0x7F80_0000 | fraction << 13)
    default:
      return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
    }
  }

  /// The IEEE 754 binary16 bit pattern nearest to a value, ties to even; infinity beyond 65504.
  public static func binary16(of value: Float) -> UInt16 {
    let bits = value.bitPattern
    let sign = UInt16(truncatingIfNeeded: bits >> 16) & 0x8000
    let magnitude = bits & 0x7FFF_FFFF
    if magnitude >= 0x7F80_0000 {
      // Infinity, or NaN with the upper bits of its payload, and never none of them.
      let payload = UInt16(truncatingIfNeeded: magnitude >> 13) & 0x3FF
      return sign | 0x7C00 | (magnitude > 0x7F80_0000 ? max(payload, 0x200) : 0)
    }
    // Below 2^-14 all numbers have the spacing 2^-24: adding 0.5 rounds to it.
    if magnitude < 0x3880_0000 {
      let rounded = (Float(bitPattern: magnitude) + 0.5).bitPattern &- Float(0.5).bitPattern
      return sign | UInt16(truncatingIfNeeded: rounded)
    }
    let rounded = magnitude &- 0x3800_0000 &+ 0xFFF &+ (magnitude >> 13 & 1)
    return sign | UInt16(truncatingIfNeeded: min(rounded >> 13, 0x7C00))
  }

  /// The bfloat16 bit pattern nearest to a value, ties to even.
  public static func bfloat16(of value: Float) -> UInt16 {
    let bits = value.bitPattern
    if value.isNaN { return UInt16(truncatingIfNeeded: bits >> 16) | 0x40 }
    return UInt16(truncatingIfNeeded: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) >> 16)
  }

  /// The value of a bfloat16 bit pattern.
  public static func float(fromBFloat16 bits: UInt16) -> Float {
    Float(bitPattern: UInt32(bits) << 16)
  }
}
