#include "channels.h"

#include "common.h"

struct channels {
  const void *x, *scale, *shift, *mean, *inverse, *dy;
  void *out, *mean_out, *inverse_out, *dscale, *dshift;
  double epsilon;
  ptrdiff_t rows, channels, positions, groups;
};

#define TEMPLATE "channels.template.h"
#include "twice.h"

// Rows that together are worth a thread's while.
static ptrdiff_t row_grain(ptrdiff_t width) { return grain_of(8192, width); }

// Channels are independent of one another where rows are summed; a cache line of them at least.
static ptrdiff_t channel_grain(const nnk_pool *pool, ptrdiff_t rows, ptrdiff_t channels) {
  ptrdiff_t share = channels / nnk_pool_thread_count(pool);
  ptrdiff_t useful = grain_of(8192, rows);
  return MAX(16, (MAX(useful, MIN(share, 64)) + 15) / 16 * 16);
}

void nnk_scale_channels(
    int type, nnk_pool *pool, const void *x, const void *scale, const void *shift, void *y,
    ptrdiff_t rows, ptrdiff_t channels) {
  struct channels c = {
      .x = x, .scale = scale, .shift = shift, .out = y, .rows = rows, .channels = channels};
  nnk_for_ranges(pool, rows, row_grain(channels), FOR_TYPE(scale_channels), &c);
}

void nnk_prelu(
    int type, nnk_pool *pool, const void *x, const void *slope, void *y, ptrdiff_t rows,
    ptrdiff_t channels) {
  struct channels c = {.x = x, .scale = slope, .out = y, .rows = rows, .channels = channels};
  nnk_for_ranges(pool, rows, row_grain(channels), FOR_TYPE(prelu), &c);
}

void nnk_prelu_gradient(
    int type, nnk_pool *pool, const void *x, const void *slope, const void *dy, void *dx,
    void *dslope, ptrdiff_t rows, ptrdiff_t channels) {
  struct channels c = {
      .x = x, .scale = slope, .dy = dy, .out = dx, .dscale = dslope, .rows = rows,
      .channels = channels};
  if (dslope) {
    nnk_for_ranges(
        pool, channels, channel_grain(pool, rows, channels), FOR_TYPE(prelu_slopes), &c);
  }
  if (dx) nnk_for_ranges(pool, rows, row_grain(channels), FOR_TYPE(prelu_input), &c);
}

void nnk_group_normalize(
    int type, nnk_pool *pool, const void *x, const void *scale, const void *shift, double epsilon,
    void *mean, void *inverse, void *y, ptrdiff_t examples, ptrdiff_t positions,
    ptrdiff_t channels, ptrdiff_t groups) {
  struct channels c = {
      .x = x, .scale = scale, .shift = shift, .epsilon = epsilon, .mean_out = mean,
      .inverse_out = inverse, .out = y, .rows = examples, .channels = channels,
      .positions = positions, .groups = groups};
  nnk_for_ranges(
      pool, examples, row_grain(positions * channels), FOR_TYPE(group_normalize), &c);
}

void nnk_group_normalize_gradient(
    int type, nnk_pool *pool, const void *x, const void *scale, const void *mean,
    const void *inverse, const void *dy, void *dscale, void *dshift, void *dx, ptrdiff_t examples,
    ptrdiff_t positions, ptrdiff_t channels, ptrdiff_t groups) {
  struct channels c = {
      .x = x, .scale = scale, .mean = mean, .inverse = inverse, .dy = dy, .dscale = dscale,
      .dshift = dshift, .out = dx, .rows = examples, .channels = channels, .positions = positions,
      .groups = groups};
  // First the sums over rows, since dx may be dy.
  if (dscale || dshift) {
    nnk_for_ranges(
        pool, channels, channel_grain(pool, examples * positions, channels),
        FOR_TYPE(group_parameters), &c);
  }
  if (dx) {
    nnk_for_ranges(pool, examples, row_grain(positions * channels), FOR_TYPE(group_input), &c);
  }
}

void nnk_rms_normalize(
    int type, nnk_pool *pool, const void *x, const void *scale, double epsilon, void *inverse,
    void *y, ptrdiff_t rows, ptrdiff_t channels) {
  struct channels c = {
      .x = x, .scale = scale, .epsilon = epsilon, .inverse_out = inverse, .out = y, .rows = rows,
      .channels = channels};
  nnk_for_ranges(pool, rows, row_grain(channels), FOR_TYPE(rms_normalize), &c);
}

void nnk_rms_normalize_gradient(
    int type, nnk_pool *pool, const void *x, const void *scale, const void *inverse,
    const void *dy, void *dscale, void *dx, ptrdiff_t rows, ptrdiff_t channels) {
  struct channels c = {
      .x = x, .scale = scale, .inverse = inverse, .dy = dy, .dscale = dscale, .out = dx,
      .rows = rows, .channels = channels};
  if (dscale) {
    nnk_for_ranges(
        pool, channels, channel_grain(pool, rows, channels), FOR_TYPE(rms_parameters), &c);
  }
  if (dx) nnk_for_ranges(pool, rows, row_grain(channels), FOR_TYPE(rms_input), &c);
}
