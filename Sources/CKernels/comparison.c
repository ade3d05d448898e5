#include "comparison.h"

#include "common.h"

// Elements that are compared, or widened before that, at a time: two blocks of doubles fill half of the
// nearest cache.
#define BLOCK 1024

#define TEMPLATE "comparison.template.h"
#include "twice.h"

INLINE float float_of_bits(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

// Of IEEE 754 binary16. A number with an exponent is moved into float's fields, where its exponent is too
// large by 112; one without is counted up from a half, whose last bit is worth as much as its own.
INLINE float float_of_binary16(uint16_t half) {
  uint32_t bits = (uint32_t)half << 16, sign = bits & 0x80000000u, rest = bits + bits;
  float normal = float_of_bits((rest >> 4) + 0x70000000u) * 0x1p-112f;
  float subnormal = float_of_bits((rest >> 17) | 0x3F000000u) - 0.5f;
  float value = rest < 0x08000000u ? subnormal : normal;
  uint32_t found;
  memcpy(&found, &value, sizeof found);
  return float_of_bits(found | sign);
}

#define WIDEN(TYPE, EXPRESSION)                                   \
  {                                                               \
    const TYPE *e = elements;                                     \
    for (ptrdiff_t i = 0; i < count; i++) out[i] = (EXPRESSION);  \
    return;                                                       \
  }

CLONES static void widen(int type, const void *elements, ptrdiff_t count, double *restrict out) {
  switch (type) {
    case NNK_FLOAT32: WIDEN(float, (double)e[i])
    case NNK_FLOAT64: WIDEN(double, e[i])
    case NNK_FLOAT16: WIDEN(uint16_t, (double)float_of_binary16(e[i]))
    case NNK_BFLOAT16: WIDEN(uint16_t, (double)float_of_bits((uint32_t)e[i] << 16))
    case NNK_INT8: WIDEN(int8_t, (double)e[i])
    case NNK_INT16: WIDEN(int16_t, (double)e[i])
    case NNK_INT32: WIDEN(int32_t, (double)e[i])
    case NNK_INT64: WIDEN(int64_t, (double)e[i])
    case NNK_UINT8: WIDEN(uint8_t, (double)e[i])
    case NNK_UINT16: WIDEN(uint16_t, (double)e[i])
    case NNK_UINT32: WIDEN(uint32_t, (double)e[i])
    default: WIDEN(uint64_t, (double)e[i])
  }
}

static ptrdiff_t width_of(int type) {
  switch (type) {
    case NNK_INT8:
    case NNK_UINT8: return 1;
    case NNK_FLOAT16:
    case NNK_BFLOAT16:
    case NNK_INT16:
    case NNK_UINT16: return 2;
    case NNK_FLOAT32:
    case NNK_INT32:
    case NNK_UINT32: return 4;
    default: return 8;
  }
}

// Integers that are one number as doubles need not be the same.
static ptrdiff_t different_words(const uint64_t *x, const uint64_t *y, ptrdiff_t count) {
  ptrdiff_t different = 0;
  for (ptrdiff_t i = 0; i < count; i++) different += x[i] != y[i];
  return different;
}

nnk_difference nnk_difference_of(
    int type_x, const void *x, int type_y, const void *y, ptrdiff_t count) {
  nnk_difference total = {0};
  total.place = -1;
  if (count <= 0) return total;
  if (type_x == type_y && type_x <= NNK_FLOAT64) {
    if (type_x == NNK_FLOAT32) compare_f32(x, y, 0, count, &total);
    else compare_f64(x, y, 0, count, &total);
    return total;
  }
  double one[BLOCK], other[BLOCK];
  int is_exact = type_x == type_y && (type_x == NNK_INT64 || type_x == NNK_UINT64);
  for (ptrdiff_t first = 0; first < count; first += BLOCK) {
    ptrdiff_t length = MIN(BLOCK, count - first);
    const char *from_x = (const char *)x + first * width_of(type_x);
    const char *from_y = (const char *)y + first * width_of(type_y);
    widen(type_x, from_x, length, one);
    widen(type_y, from_y, length, other);
    ptrdiff_t before = total.different;
    compare_f64(one, other, first, length, &total);
    if (is_exact) {
      total.different =
          before + different_words((const uint64_t *)from_x, (const uint64_t *)from_y, length);
    }
  }
  return total;
}
