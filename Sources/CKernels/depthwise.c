// Depthwise convolution: every input channel by kernels of its own, at the speed of memory.
//
// Output channel c · multiplier + m is the input's channel c by the kernel's [tap, c, m]. Sums are
// taken in an order that only the shape decides.
#include "depthwise.h"

#include "window_axis.h"

// Enough multiplications for a part to be worth giving to another thread.
#define GRAIN 65536
// Channels of the kernel's gradient that one part adds up.
#define CHANNEL_BLOCK 64

struct depthwise {
  nnk_window window;
  // Forward x, kernel and y; back dy, kernel and dx; for the kernel's gradient x, dy and dkernel.
  const void *source, *other, *bias;
  void *target;
};

#define TEMPLATE "depthwise.template.h"
#include "twice.h"

static ptrdiff_t row_grain(const nnk_window *window) {
  ptrdiff_t taps = MIN(window->height.taps * window->width.taps, GRAIN);
  return grain_of(GRAIN, window->width.output * window->output * taps);
}

void depthwise_convolve(
    int type, nnk_pool *pool, const nnk_window *window, const void *x, const void *kernel,
    const void *bias, void *y) {
  struct depthwise d = {*window, x, kernel, bias, y};
  nnk_for_ranges(
      pool, window->examples * window->height.output, row_grain(window), FOR_TYPE(convolve), &d);
}

void depthwise_convolve_back(
    int type, nnk_pool *pool, const nnk_window *window, const void *dy, const void *kernel,
    const void *bias, void *dx) {
  struct depthwise d = {*window, dy, kernel, bias, dx};
  nnk_for_ranges(
      pool, window->examples * window->height.input, row_grain(window), FOR_TYPE(convolve_back),
      &d);
}

void depthwise_kernel_gradient(
    int type, nnk_pool *pool, const nnk_window *window, const void *x, const void *dy,
    void *dkernel) {
  struct depthwise d = {*window, x, dy, NULL, dkernel};
  ptrdiff_t blocks = (window->output + CHANNEL_BLOCK - 1) / CHANNEL_BLOCK;
  nnk_for_ranges(
      pool, window->height.taps * window->width.taps * blocks, 1, FOR_TYPE(kernel_gradient), &d);
}
