// Loops over tensors whose last axis are channels: x [rows, channels], the rows of an example behind
// each other.
#ifndef NNK_CHANNELS_H
#define NNK_CHANNELS_H

#include <stdint.h>

#include "pool.h"

/// y = scale·x + shift, one of each per channel; shift is optional.
void nnk_scale_channels(
    int type, nnk_pool *pool, const void *x, const void *scale, const void *shift, void *y,
    ptrdiff_t rows, ptrdiff_t channels);

/// y = x where x > 0, else slope·x, one slope per channel.
void nnk_prelu(
    int type, nnk_pool *pool, const void *x, const void *slope, void *y, ptrdiff_t rows,
    ptrdiff_t channels);

/// dx and dslope are optional; dslope [channels].
void nnk_prelu_gradient(
    int type, nnk_pool *pool, const void *x, const void *slope, const void *dy, void *dx,
    void *dslope, ptrdiff_t rows, ptrdiff_t channels);

/// x [examples, positions, channels] normalised over the positions and each of `groups` runs of channels;
/// mean and inverse [examples, groups]; scale and shift [channels] are optional.
void nnk_group_normalize(
    int type, nnk_pool *pool, const void *x, const void *scale, const void *shift, double epsilon,
    void *mean, void *inverse, void *y, ptrdiff_t examples, ptrdiff_t positions,
    ptrdiff_t channels, ptrdiff_t groups);

/// scale, dscale, dshift and dx are optional.
void nnk_group_normalize_gradient(
    int type, nnk_pool *pool, const void *x, const void *scale, const void *mean,
    const void *inverse, const void *dy, void *dscale, void *dshift, void *dx, ptrdiff_t examples,
    ptrdiff_t positions, ptrdiff_t channels, ptrdiff_t groups);

/// y = x / √(mean of x² + epsilon)·scale over each row; inverse [rows]; scale is optional.
void nnk_rms_normalize(
    int type, nnk_pool *pool, const void *x, const void *scale, double epsilon, void *inverse,
    void *y, ptrdiff_t rows, ptrdiff_t channels);

/// scale, dscale and dx are optional.
void nnk_rms_normalize_gradient(
    int type, nnk_pool *pool, const void *x, const void *scale, const void *inverse,
    const void *dy, void *dscale, void *dx, ptrdiff_t rows, ptrdiff_t channels);

#endif
