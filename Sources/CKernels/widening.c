#include "widening.h"

#include "common.h"
#include "comparison.h"

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

CLONES void nnk_widen(int type, const void *elements, ptrdiff_t count, double *restrict out) {
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

ptrdiff_t nnk_element_width(int type) {
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
