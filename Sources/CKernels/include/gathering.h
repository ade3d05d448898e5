// Rows and columns copied from place to place.
#ifndef NNK_GATHERING_H
#define NNK_GATHERING_H

#include <stdint.h>

#include "pool.h"

/// The position of the first index outside 0..<bound, or -1.
ptrdiff_t nnk_first_outside(const int32_t *indices, ptrdiff_t count, ptrdiff_t bound);

/// Copies rows of `row_bytes` bytes; the indices have been checked.
void nnk_gather_rows(
    nnk_pool *pool, const void *source, const int32_t *indices, ptrdiff_t count,
    ptrdiff_t row_bytes, void *target);

/// target[indices[i]] += rows[i], in the order of i; the indices have been checked.
void nnk_scatter_add_rows(
    int type, const void *rows, const int32_t *indices, ptrdiff_t count, ptrdiff_t columns,
    void *target);

/// Copies `bytes` bytes of each of `rows` rows from one stride to another.
void nnk_copy_columns(
    const void *source, ptrdiff_t source_stride, void *target, ptrdiff_t target_stride,
    ptrdiff_t rows, ptrdiff_t bytes);

#endif
