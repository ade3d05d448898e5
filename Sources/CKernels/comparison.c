#include "comparison.h"

#include "common.h"
#include "widening.h"

// Elements that are compared, or widened before that, at a time: two blocks of doubles fill half of the
// nearest cache.
#define BLOCK 1024

#define TEMPLATE "comparison.template.h"
#include "twice.h"

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
    const char *from_x = (const char *)x + first * nnk_element_width(type_x);
    const char *from_y = (const char *)y + first * nnk_element_width(type_y);
    nnk_widen(type_x, from_x, length, one);
    nnk_widen(type_y, from_y, length, other);
    ptrdiff_t before = total.different;
    compare_f64(one, other, first, length, &total);
    if (is_exact) {
      total.different =
          before + different_words((const uint64_t *)from_x, (const uint64_t *)from_y, length);
    }
  }
  return total;
}
