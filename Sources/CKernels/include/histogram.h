// How the elements of an array lie between two numbers.
#ifndef NNK_HISTOGRAM_H
#define NNK_HISTOGRAM_H

#include <stddef.h>

/// Counts the elements in `bin_count` bins of one width from `low` to `high`, `high` being in the last.
/// Elements outside, NaN and infinite ones are not counted. Types as in comparison.h.
void nnk_histogram(
    int type, const void *x, ptrdiff_t count, double low, double high, ptrdiff_t *bins,
    ptrdiff_t bin_count);

#endif
