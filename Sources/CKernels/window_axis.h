// Where a window stands along one axis.
#ifndef NNK_WINDOW_AXIS_H
#define NNK_WINDOW_AXIS_H

#include "common.h"
#include "windows.h"

// Taps of one place, tap..<end, that stand inside, the first of them on `first`. With a dilation
// there may be none.
struct span {
  ptrdiff_t tap, end, first;
};

static inline struct span span_at(const nnk_window_axis *axis, ptrdiff_t place) {
  ptrdiff_t start = place * axis->stride - axis->padding, last = axis->input - 1 - start;
  ptrdiff_t tap = start < 0 ? (-start + axis->dilation - 1) / axis->dilation : 0;
  ptrdiff_t end = last < 0 ? 0 : MIN(axis->taps, last / axis->dilation + 1);
  return (struct span){tap, MAX(end, tap), start + tap * axis->dilation};
}

// Places first..<end.
struct places {
  ptrdiff_t first, end;
};

// The places at which one tap stands inside.
static inline struct places places_of(const nnk_window_axis *axis, ptrdiff_t tap) {
  ptrdiff_t before = axis->padding - tap * axis->dilation, last = axis->input - 1 + before;
  return (struct places){
      .first = before > 0 ? (before + axis->stride - 1) / axis->stride : 0,
      .end = last < 0 ? 0 : MIN(last / axis->stride + 1, axis->output)};
}

// What a tap stands on.
static inline ptrdiff_t cell_of(const nnk_window_axis *axis, ptrdiff_t place, ptrdiff_t tap) {
  return place * axis->stride - axis->padding + tap * axis->dilation;
}

#endif
