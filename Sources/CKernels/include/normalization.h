// Batch and layer normalization. Pointers called optional may be null.
#ifndef NNK_NORMALIZATION_H
#define NNK_NORMALIZATION_H

#include "pool.h"

/// Over the rows of x [rows, columns]; scale and shift are optional.
void nnk_batch_normalize(
    int type, nnk_pool *pool, const void *x, const void *scale, const void *shift, double epsilon,
    void *mean, void *inverse, void *y, ptrdiff_t rows, ptrdiff_t columns);

void nnk_normalize(
    int type, nnk_pool *pool, const void *x, const void *scale, const void *shift,
    const void *mean, const void *variance, double epsilon, void *y, ptrdiff_t rows,
    ptrdiff_t columns);

void nnk_update_running(
    int type, const void *mean, const void *inverse, ptrdiff_t rows, double epsilon,
    double momentum, int unbiased, void *running_mean, void *running_variance,
    ptrdiff_t columns);

/// scale, dscale, dshift and dx are optional.
void nnk_batch_normalize_gradient(
    int type, nnk_pool *pool, const void *x, const void *scale, const void *mean,
    const void *inverse, const void *dy, void *dscale, void *dshift, void *dx, ptrdiff_t rows,
    ptrdiff_t columns);

/// Over the columns of each row of x [rows, columns]; scale and shift are optional.
void nnk_layer_normalize(
    int type, nnk_pool *pool, const void *x, const void *scale, const void *shift, double epsilon,
    void *mean, void *inverse, void *y, ptrdiff_t rows, ptrdiff_t columns);

/// scale, dscale, dshift and dx are optional.
void nnk_layer_normalize_gradient(
    int type, nnk_pool *pool, const void *x, const void *scale, const void *mean,
    const void *inverse, const void *dy, void *dscale, void *dshift, void *dx, ptrdiff_t rows,
    ptrdiff_t columns);

#endif
