#include "histogram.h"

#include "common.h"
#include "widening.h"

#define BLOCK 1024

void nnk_histogram(
    int type, const void *x, ptrdiff_t count, double low, double high, ptrdiff_t *bins,
    ptrdiff_t bin_count) {
  for (ptrdiff_t bin = 0; bin < bin_count; bin++) bins[bin] = 0;
  if (bin_count <= 0 || !(low <= high)) return;
  // Halved, so that the width of all doubles is a double.
  double width = high / 2 - low / 2, scale = width > 0 ? (double)bin_count / 2 / width : 0;
  double block[BLOCK];
  for (ptrdiff_t first = 0; first < count; first += BLOCK) {
    ptrdiff_t length = MIN(BLOCK, count - first);
    nnk_widen(type, (const char *)x + first * nnk_element_width(type), length, block);
    for (ptrdiff_t i = 0; i < length; i++) {
      double v = block[i];
      if (!(v >= low && v <= high)) continue;
      ptrdiff_t bin = (ptrdiff_t)((v / 2 - low / 2) * scale * 2);
      bins[MIN(bin, bin_count - 1)]++;
    }
  }
}
