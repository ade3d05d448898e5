// What is rare in printing floats.
#include <stdio.h>

#include "text_float.h"

const double nnk_wide_powers[101] = {
    1e-50, 1e-49, 1e-48, 1e-47, 1e-46, 1e-45, 1e-44, 1e-43, 1e-42, 1e-41, 1e-40, 1e-39, 1e-38,
    1e-37, 1e-36, 1e-35, 1e-34, 1e-33, 1e-32, 1e-31, 1e-30, 1e-29, 1e-28, 1e-27, 1e-26, 1e-25,
    1e-24, 1e-23, 1e-22, 1e-21, 1e-20, 1e-19, 1e-18, 1e-17, 1e-16, 1e-15, 1e-14, 1e-13, 1e-12,
    1e-11, 1e-10, 1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1e0, 1e1, 1e2, 1e3, 1e4,
    1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22, 1e23, 1e24, 1e25, 1e26, 1e27, 1e28, 1e29, 1e30, 1e31, 1e32, 1e33, 1e34, 1e35,
    1e36, 1e37, 1e38, 1e39, 1e40, 1e41, 1e42, 1e43, 1e44, 1e45, 1e46, 1e47, 1e48, 1e49, 1e50};

size_t nnk_print_rare_float(float value, uint8_t *out) {
  const char *word = value != value ? "nan" : value > 0 ? "inf" : "-inf";
  char digits[32];
  if (value == 0) {
    word = "0";
  } else if (__builtin_fabsf(value) < 1) {
    // A subnormal: no fewer than nine digits are tried, in the form of the other ones.
    int mantissa_end = snprintf(digits, sizeof digits, "%.8e", (double)value) - 4;
    int kept = mantissa_end;
    while (digits[kept - 1] == '0') kept -= 1;
    if (digits[kept - 1] == '.') kept -= 1;
    memmove(digits + kept, digits + mantissa_end, 5);
    word = digits;
  }
  size_t count = strlen(word);
  memcpy(out, word, count);
  return count;
}

size_t nnk_text_print_float(float value, uint8_t *out) {
  return (size_t)(nnk_print_float(value, out) - out);
}
