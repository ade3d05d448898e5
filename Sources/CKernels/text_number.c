// Decimal text to double, correctly rounded.
#if defined(__linux__)
#define _GNU_SOURCE
#endif
#include <locale.h>
#include <pthread.h>
#include <stdlib.h>
#if defined(__APPLE__)
#include <xlocale.h>
#endif

#include "text_internal.h"

const double nnk_powers_of_ten[23] = {
    1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

// Half a step above the largest float32: what rounds to infinity.
static const double too_large = 0x1.ffffffp127;

// MARK: - Reading

static locale_t c_locale;
static pthread_once_t c_locale_once = PTHREAD_ONCE_INIT;
static void make_c_locale(void) { c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0); }

// By the C library, for more digits or larger exponents than the exact ways below take.
static double read_by_library(const uint8_t *bytes, size_t count, uint8_t decimal) {
  pthread_once(&c_locale_once, make_c_locale);
  char inline_copy[128];
  char *copy = count < sizeof inline_copy ? inline_copy : malloc(count + 1);
  if (!copy) return 0;
  for (size_t place = 0; place < count; place++)
    copy[place] = bytes[place] == decimal ? '.' : (char)bytes[place];
  copy[count] = 0;
  double value = strtod_l(copy, NULL, c_locale);
  if (copy != inline_copy) free(copy);
  return value;
}

// value · 2^63 / divisor, with 2^63 <= divisor, so that the quotient fits 64 bits.
static uint64_t divide(uint64_t dividend, uint64_t divisor, uint64_t *remainder) {
  unsigned __int128 value = (unsigned __int128)dividend << 63;
#if defined(__x86_64__)
  uint64_t quotient;
  __asm__("divq %4"
          : "=a"(quotient), "=d"(*remainder)
          : "a"((uint64_t)value), "d"((uint64_t)(value >> 64)), "r"(divisor)
          : "cc");
  return quotient;
#else
  *remainder = (uint64_t)(value % divisor);
  return (uint64_t)(value / divisor);
#endif
}

// value · 2^exponent, exact because neither is near the ends of the range of double.
static double times_power_of_two(double value, int exponent) {
  uint64_t bits = (uint64_t)(1023 + exponent) << 52;
  double power;
  memcpy(&power, &bits, 8);
  return value * power;
}

// value · 2^exponent, where bits below the lowest one of `value` were lost if `is_inexact`.
static double round_to_double(uint64_t value, int exponent, int is_inexact) {
  // `value` has its highest bit at place 62 or 63, far above 53 bits: the lost bits matter only in
  // telling a tie from more than a tie, which the lowest bit does as well.
  return times_power_of_two((double)(value | (uint64_t)is_inexact), exponent);
}

static const uint64_t powers_of_five[28] = {
    1, 5, 25, 125, 625, 3125, 15625, 78125, 390625, 1953125, 9765625, 48828125, 244140625,
    1220703125, 6103515625, 30517578125, 152587890625, 762939453125, 3814697265625,
    19073486328125, 95367431640625, 476837158203125, 2384185791015625, 11920928955078125,
    59604644775390625, 298023223876953125, 1490116119384765625, 7450580596923828125};

// digits · 10^exponent exactly rounded, for |exponent| <= 27, where 5^|exponent| < 2^63.
static double scale_exactly(uint64_t digits, int exponent) {
  if (digits == 0 || exponent == 0) return (double)digits;
  uint64_t power = powers_of_five[exponent < 0 ? -exponent : exponent];
  int leading = __builtin_clzll(digits);
  if (exponent < 0) {
    int shift = __builtin_clzll(power);
    uint64_t remainder;
    // digits · 2^leading · 2^63 / (power · 2^shift)
    uint64_t quotient = divide(digits << leading, power << shift, &remainder);
    return round_to_double(quotient, shift - leading - 63 + exponent, remainder != 0);
  }
  unsigned __int128 product = (unsigned __int128)digits * power;
  uint64_t high = (uint64_t)(product >> 64);
  if (high == 0) return times_power_of_two((double)(uint64_t)product, exponent);
  int shift = 64 - __builtin_clzll(high);
  uint64_t value = (uint64_t)(product >> shift);
  int is_inexact = (product & (((unsigned __int128)1 << shift) - 1)) != 0;
  return round_to_double(value, shift + exponent, is_inexact);
}

static int is_digit(uint8_t byte) { return byte >= '0' && byte <= '9'; }

// Reads a whole field of the form [+-] digits [. digits] [e [+-] digits]; 0 when it is not one.
static int read_decimal(const uint8_t *start, const uint8_t *end, uint8_t decimal, double *value) {
  const uint8_t *place = start;
  int negative = place < end && *place == '-';
  if (place < end && (*place == '-' || *place == '+')) place += 1;
  uint64_t digits = 0;
  int significant = 0, dropped = 0, any = 0;
  int64_t exponent = 0;
  int after_point = 0;
  for (; place < end; place++) {
    // Eight digits at once, where none of them can be one too many.
    while (end - place >= 8 && significant <= 11) {
      uint64_t eight = nnk_load8(place) ^ 0x3030303030303030;
      if (((eight + 0x7676767676767676) | eight) & 0x8080808080808080) break;
      digits = digits * 100000000 + nnk_eight_digits(eight);
      any = 1;
      significant += digits == 0 ? 0 : 8;
      exponent -= 8 * after_point;
      place += 8;
    }
    if (place == end) break;
    if (is_digit(*place)) {
      any = 1;
      if (significant < 19) {
        digits = digits * 10 + (uint64_t)(*place - '0');
        significant += digits != 0;
        exponent -= after_point;
      } else {
        dropped |= *place != '0';
        exponent += !after_point;
      }
    } else if (*place == decimal && !after_point) {
      after_point = 1;
    } else {
      break;
    }
  }
  if (!any) return 0;
  if (place < end && (*place == 'e' || *place == 'E')) {
    place += 1;
    int is_negative = place < end && *place == '-';
    if (place < end && (*place == '-' || *place == '+')) place += 1;
    if (place == end) return 0;
    int64_t power = 0;
    for (; place < end && is_digit(*place); place++)
      if (power < 100000) power = power * 10 + (*place - '0');
    exponent += is_negative ? -power : power;
  }
  if (place != end) return 0;
  double magnitude;
  if (digits == 0) {
    magnitude = 0;
  } else if (dropped || exponent < -27 || exponent > 27) {
    magnitude = __builtin_fabs(read_by_library(start, (size_t)(end - start), decimal));
  } else {
    magnitude = scale_exactly(digits, (int)exponent);
  }
  *value = negative ? -magnitude : magnitude;
  return 1;
}

int32_t nnk_text_number_slowly(
    const uint8_t *start, const uint8_t *end, uint8_t decimal, double *value) {
  // Most fields hold nothing but their number.
  if (read_decimal(start, end, decimal, value))
    return __builtin_fabs(*value) < too_large ? NNK_NUMBER : NNK_TOO_LARGE;
  nnk_field field = nnk_text_field(start, end);
  int32_t kind = NNK_TEXT;
  if (read_decimal(field.bytes, field.bytes + field.count, decimal, value))
    kind = __builtin_fabs(*value) < too_large ? NNK_NUMBER : NNK_TOO_LARGE;
  else if (nnk_text_is_missing(field.bytes, field.count))
    kind = NNK_MISSING;
  else if (nnk_text_is_infinite(field.bytes, field.count))
    kind = NNK_INFINITE;
  nnk_text_field_free(field);
  return kind;
}

int32_t nnk_text_number(
    const uint8_t *start, const uint8_t *end, uint8_t decimal, double *value) {
  return nnk_number(start, end, decimal, value);
}

nnk_column_summary nnk_text_read_numbers(
    const uint8_t *text, const uint32_t *ends, const uint32_t *starts, size_t rows,
    size_t columns, size_t column, uint8_t decimal, int32_t stops_at_text, double *values) {
  nnk_column_summary summary;
  memset(&summary, 0, sizeof summary);
  for (size_t row = 0; row < rows; row++) {
    const uint8_t *start, *end;
    nnk_field_range(text, ends, starts, columns, row, column, &start, &end);
    int32_t kind = nnk_number(start, end, decimal, &values[row]);
    if (kind != NNK_NUMBER) values[row] = __builtin_nan("");
    if (summary.kinds[kind]++ == 0) summary.first[kind] = row;
    if (kind == NNK_TEXT) {
      nnk_field field = nnk_text_field(start, end);
      summary.truths += nnk_text_truth(field.bytes, field.count) >= 0;
      nnk_text_field_free(field);
      if (stops_at_text) break;
    }
  }
  return summary;
}
