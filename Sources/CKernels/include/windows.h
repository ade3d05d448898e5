// Windows that move over planes: convolution and pooling.
//
// Values are channels last, [examples, height, width, channels].
#ifndef NNK_WINDOWS_H
#define NNK_WINDOWS_H

#include "pool.h"

/// One axis of a plane over which a window moves. Tap k of the window at place o stands on
/// o · stride − padding + k · dilation of the input, or on nothing where that is outside.
typedef struct {
  ptrdiff_t input, output, taps, stride, dilation, padding;
} nnk_window_axis;

/// A window: `input` and `output` channels in `groups`, each of which sees its own input channels.
/// Pooling has one group and as many output as input channels.
typedef struct {
  ptrdiff_t examples;
  nnk_window_axis height, width;
  ptrdiff_t input, output, groups;
} nnk_window;

/// y = Σ over taps and input channels of x · kernel, + bias. The kernel is
/// [height, width, input / groups, output]; bias is optional.
void nnk_convolve(
    int type, nnk_pool *pool, const nnk_window *window, const void *x, const void *kernel,
    const void *bias, void *y);

/// dx from dy, or the transposed convolution of dy; bias, one number per input channel, is optional
/// and added.
void nnk_convolve_back(
    int type, nnk_pool *pool, const nnk_window *window, const void *dy, const void *kernel,
    const void *bias, void *dx);

/// The kernel's gradient from x and dy.
void nnk_convolution_kernel_gradient(
    int type, nnk_pool *pool, const nnk_window *window, const void *x, const void *dy,
    void *dkernel);

/// The largest element below each window, and its tap's number; `taps` is optional. A NaN is
/// larger than all.
void nnk_max_pool(
    int type, nnk_pool *pool, const nnk_window *window, const void *x, void *y, void *taps);

void nnk_max_pool_gradient(
    int type, nnk_pool *pool, const nnk_window *window, const void *dy, const void *taps,
    void *dx);

/// The mean below each window, of the elements that are inside, or of all taps where
/// `counts_padding`.
void nnk_average_pool(
    int type, nnk_pool *pool, const nnk_window *window, int counts_padding, const void *x,
    void *y);

void nnk_average_pool_gradient(
    int type, nnk_pool *pool, const nnk_window *window, int counts_padding, const void *dy,
    void *dx);

/// Linear interpolation between the centres of cells along both axes; the window's strides are the
/// factors by which `input` grows into `output`, and its taps are not used.
void nnk_upsample_linear(
    int type, nnk_pool *pool, const nnk_window *window, const void *x, void *y);

void nnk_upsample_linear_gradient(
    int type, nnk_pool *pool, const nnk_window *window, const void *dy, void *dx);

#endif
