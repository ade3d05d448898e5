// What the text_*.c files share.
#ifndef NNK_TEXT_INTERNAL_H
#define NNK_TEXT_INTERNAL_H

#include <string.h>

#include "text.h"

#define NNK_INLINE static inline __attribute__((always_inline))

// Compiled once per generation of vector instructions and chosen when the program starts.
#if defined(__x86_64__) && defined(__linux__)
#define NNK_CLONES \
  __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#else
#define NNK_CLONES
#endif

NNK_INLINE uint64_t nnk_load8(const uint8_t *bytes) {
  uint64_t word;
  memcpy(&word, bytes, 8);
  return word;
}

int32_t nnk_text_is_infinite(const uint8_t *bytes, size_t count);

extern const double nnk_powers_of_ten[23];

// Where everything but a short plain decimal is read.
int32_t nnk_text_number_slowly(
    const uint8_t *start, const uint8_t *end, uint8_t decimal, double *value);

// Eight digits, first digit in the lowest byte, each 0...9: pairs, then fours, then eight.
NNK_INLINE uint64_t nnk_eight_digits(uint64_t digits) {
  digits = digits * 10 + (digits >> 8);
  return (((digits & 0x000000FF000000FF) * 0x000F424000000064) +
          (((digits >> 16) & 0x000000FF000000FF) * 0x0000271000000001)) >> 32;
}

// Where the lowest byte equal to zero is: its high bit is the lowest one set; 0 for none.
NNK_INLINE uint64_t nnk_zero_bytes(uint64_t word) {
  return (word - 0x0101010101010101) & ~word & 0x8080808080808080;
}

// Takes the byte at `place` out of a word and moves the bytes below it up.
NNK_INLINE uint64_t nnk_without_byte(uint64_t word, unsigned place) {
  uint64_t above = (~(uint64_t)0 << (8 * place)) << 8;
  uint64_t below = ((uint64_t)1 << (8 * place)) - 1;
  return (word & above) | ((word & below) << 8);
}

// Reads a number of at most 16 characters after its sign, all at once from the right.
//
// A value below 2^53 divided by a power of ten up to 10^22, both exact in double, is rounded
// once and therefore correctly.
NNK_INLINE int32_t nnk_number(
    const uint8_t *start, const uint8_t *end, uint8_t decimal, double *value) {
  uint64_t negative = *start == '-';
  size_t count = (size_t)(end - start) - negative;
  if (__builtin_expect(count - 1 > 15, 0))
    return nnk_text_number_slowly(start, end, decimal, value);
  const uint64_t zeros = 0x3030303030303030;
  const uint64_t points = 0x0101010101010101 * (uint64_t)(decimal ^ 0x30);
  uint64_t high = nnk_load8(end - 8) ^ zeros;
  uint64_t low = 0;
  unsigned fraction = 0;
  if (count <= 8) {
    high &= ~(uint64_t)0 << (64 - 8 * count);
    uint64_t found = nnk_zero_bytes(high ^ points);
    if (found) {
      unsigned place = (unsigned)__builtin_ctzll(found) >> 3;
      fraction = 7 - place;
      high = nnk_without_byte(high, place);
      if (count == 1) return NNK_TEXT;
    }
  } else {
    low = (nnk_load8(end - 16) ^ zeros) & (~(uint64_t)0 << (128 - 8 * count));
    uint64_t found = nnk_zero_bytes(high ^ points);
    if (found) {
      unsigned place = (unsigned)__builtin_ctzll(found) >> 3;
      fraction = 7 - place;
      high = nnk_without_byte(high, place) | (low >> 56);
      low <<= 8;
    } else if ((found = nnk_zero_bytes(low ^ points)) != 0) {
      unsigned place = (unsigned)__builtin_ctzll(found) >> 3;
      fraction = 15 - place;
      low = nnk_without_byte(low, place);
    }
  }
  // A byte above 9 sets its high bit, itself or by adding 0x76.
  uint64_t wrong = (high + 0x7676767676767676) | high | (low + 0x7676767676767676) | low;
  if (__builtin_expect((wrong & 0x8080808080808080) != 0, 0))
    return nnk_text_number_slowly(start, end, decimal, value);
  uint64_t digits = nnk_eight_digits(high);
  if (count > 8) {
    digits += nnk_eight_digits(low) * 100000000;
    if (__builtin_expect(digits >> 53 != 0, 0))
      return nnk_text_number_slowly(start, end, decimal, value);
  }
  double magnitude = (double)(int64_t)digits / nnk_powers_of_ten[fraction];
  uint64_t bits;
  memcpy(&bits, &magnitude, 8);
  bits |= negative << 63;
  memcpy(value, &bits, 8);
  return NNK_NUMBER;
}

// The bytes of one field of a grid, without the carriage return of its line.
NNK_INLINE void nnk_field_range(
    const uint8_t *text, const uint32_t *ends, const uint32_t *starts, size_t columns,
    size_t row, size_t column, const uint8_t **start, const uint8_t **end) {
  const uint32_t *line = ends + row * columns;
  *start = text + (column == 0 ? starts[row] : line[column - 1] + 1);
  *end = text + line[column];
  if (column + 1 == columns && *end > *start && (*end)[-1] == '\r') *end -= 1;
}

#endif
