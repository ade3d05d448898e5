// A float as the shortest decimal text that reads back as the same float.
#ifndef NNK_TEXT_FLOAT_H
#define NNK_TEXT_FLOAT_H

#include "text_internal.h"

typedef double nnk_doubles4 __attribute__((ext_vector_type(4)));
typedef float nnk_floats4 __attribute__((ext_vector_type(4)));
typedef int32_t nnk_halves4 __attribute__((ext_vector_type(4)));
typedef int64_t nnk_integers4 __attribute__((ext_vector_type(4)));
typedef _Bool nnk_flags4 __attribute__((ext_vector_type(4)));

// 10^-50 ... 10^50, each the nearest double.
extern const double nnk_wide_powers[101];

// Zeros, subnormals, infinities and NaN.
size_t nnk_print_rare_float(float value, uint8_t *out);

// Eight digits as eight bytes of 0...9, the first digit lowest.
NNK_INLINE uint64_t nnk_spread_eight(uint32_t digits) {
  uint64_t fours = digits / 10000 | (uint64_t)(digits % 10000) << 32;
  // 5243 / 2^19 and 103 / 2^10 are 1/100 and 1/10 as far as four and two digits go.
  uint64_t hundreds = ((fours * 5243) >> 19) & 0x0000007F0000007F;
  uint64_t pairs = hundreds | (fours - 100 * hundreds) << 16;
  uint64_t tens = ((pairs * 103) >> 10) & 0x000F000F000F000F;
  return tens | (pairs - 10 * tens) << 8;
}

// Writes a float; up to 24 bytes are touched. Tries nine, eight, seven and six digits at once:
// nine are always enough, and those of six or fewer come out of six with zeros at their end.
NNK_INLINE uint8_t *nnk_print_float(float value, uint8_t *out) {
  uint32_t bits;
  memcpy(&bits, &value, 4);
  uint32_t magnitude = bits & 0x7FFFFFFF;
  if (__builtin_expect(magnitude - 0x00800000 >= 0x7F000000, 0))
    return out + nnk_print_rare_float(value, out);
  *out = '-';
  out += bits >> 31;
  float positive;
  memcpy(&positive, &magnitude, 4);
  double exact = positive;
  // The decimal exponent from the binary one is at most one too small.
  int exponent = (((int)(magnitude >> 23) - 127) * 78913) >> 18;
  const double *powers = nnk_wide_powers + 50;
  exponent += exact >= powers[exponent + 1];
  double scaled = exact * powers[8 - exponent];
  nnk_doubles4 rounded = scaled * (nnk_doubles4){1, 0.1, 0.01, 0.001} + 0.5;
  nnk_halves4 whole = __builtin_convertvector(rounded, nnk_halves4);
  nnk_halves4 candidates = whole * (nnk_halves4){1, 10, 100, 1000};
  nnk_doubles4 back = __builtin_convertvector(candidates, nnk_doubles4) * powers[exponent - 8];
  // Twice rounded, `back` may be wrong by a few of its last bits. That matters only next to the
  // middle of two floats, which is where its lower 29 bits are near 2^28: such a candidate is
  // left out.
  nnk_integers4 low;
  memcpy(&low, &back, sizeof low);
  low = (low & 0x1FFFFFFF) - 0x10000000;
  nnk_integers4 is_clear = (low > 8) | (low < -8);
  nnk_halves4 is_same = __builtin_convertvector(back, nnk_floats4) == positive;
  nnk_flags4 flags = __builtin_convertvector(
      is_same & __builtin_convertvector(is_clear, nnk_halves4), nnk_flags4);
  uint8_t fits = 0;
  memcpy(&fits, &flags, 1);
  uint32_t digits = (uint32_t)candidates[31 - __builtin_clz((fits & 15u) | 1)];
  if (__builtin_expect(digits >= 1000000000, 0)) {
    digits = 100000000;
    exponent += 1;
  }
  uint8_t first = (uint8_t)('0' + digits / 100000000);
  uint64_t rest = nnk_spread_eight(digits % 100000000);
  int count = 9 - (__builtin_clzll(rest | 1) >> 3);
  count = rest == 0 ? 1 : count;
  rest |= 0x3030303030303030;
  if (exponent >= -5 && exponent < 0) {
    memcpy(out, "0.000000", 8);
    out += 1 - exponent;
    *out = first;
    memcpy(out + 1, &rest, 8);
    return out + count;
  }
  if (exponent >= 0 && exponent < 9) {
    *out = first;
    memcpy(out + 1, &rest, 8);
    if (count <= exponent + 1) return out + exponent + 1;
    uint8_t *point = out + exponent + 1;
    memmove(point + 1, point, 8);
    *point = '.';
    return out + count + 1;
  }
  *out++ = first;
  *out = '.';
  memcpy(out + 1, &rest, 8);
  out += count > 1 ? count : 0;
  *out++ = 'e';
  if (exponent < 0) *out++ = '-';
  int size = exponent < 0 ? -exponent : exponent;
  if (size >= 10) *out++ = (uint8_t)('0' + size / 10);
  *out++ = (uint8_t)('0' + size % 10);
  return out;
}

#endif
