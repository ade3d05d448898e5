// Loops over vectors and over the columns of matrices.
#ifndef NNK_VECTORS_H
#define NNK_VECTORS_H

#include <stdint.h>

#include "pool.h"

void nnk_add(int type, nnk_pool *pool, const void *x, void *y, ptrdiff_t count);
/// z = x·y, element by element.
void nnk_multiply_elements(
    int type, nnk_pool *pool, const void *x, const void *y, void *z, ptrdiff_t count);
void nnk_scale(int type, nnk_pool *pool, void *x, double factor, ptrdiff_t count);
void nnk_clamp(int type, nnk_pool *pool, void *x, double limit, ptrdiff_t count);
void nnk_fill(int type, void *x, double value, ptrdiff_t count);
double nnk_sum_of_squares(int type, nnk_pool *pool, const void *x, ptrdiff_t count);
double nnk_sum_of_magnitudes(int type, nnk_pool *pool, const void *x, ptrdiff_t count);
int nnk_is_finite(int type, nnk_pool *pool, const void *x, ptrdiff_t count);

/// g += l1·sign(p) + l2·p
void nnk_add_penalty(
    int type, nnk_pool *pool, const void *p, double l1, double l2, void *g, ptrdiff_t count);

typedef struct {
  double minimum, maximum, mean, deviation;
  ptrdiff_t finite_count, zero_count, nan_count, infinity_count;
} nnk_statistics;

nnk_statistics nnk_statistics_of(int type, const void *x, ptrdiff_t count);

/// Adds `bias` [columns] to every row of y [rows, columns].
void nnk_add_bias(
    int type, nnk_pool *pool, const void *bias, void *y, ptrdiff_t rows, ptrdiff_t columns);

/// sums [columns] = the sum of the rows of x [rows, columns].
void nnk_sum_rows(
    int type, nnk_pool *pool, const void *x, void *sums, ptrdiff_t rows, ptrdiff_t columns);

/// Makes rows of doubles orthogonal to one another and of length 1, by Gram and Schmidt; the same bits
/// on every machine.
void nnk_orthonormalize(double *rows, ptrdiff_t count, ptrdiff_t width);

/// y = x·keep / (1 - rate), keep being drawn from the Philox words of four integers.
void nnk_dropout(
    int type, nnk_pool *pool, const void *x, void *y, ptrdiff_t count, double rate, uint64_t seed,
    uint32_t stream, uint64_t step);

#endif
