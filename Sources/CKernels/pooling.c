// Pooling and upsampling. Gradients are gathered row by row of the input, from the windows that
// reach it in their order, so that rows can be shared out.
#include "window_axis.h"

// Enough elements for a part to be worth giving to another thread.
#define GRAIN 16384

struct pool {
  nnk_window window;
  // Forward x, gradients dy.
  const void *source;
  void *target;
  // Numbers of taps, written by max pooling and read by its gradient; optional forward.
  void *taps;
  int counts_padding;
};

// The places whose windows reach a cell of the input.
static inline struct places places_over(const nnk_window_axis *axis, ptrdiff_t cell) {
  ptrdiff_t last = cell + axis->padding, before = last - axis->taps + 1;
  return (struct places){
      before > 0 ? (before + axis->stride - 1) / axis->stride : 0,
      MIN(last / axis->stride + 1, axis->output)};
}

// Two cells between whose centres a place lies, and how far it is towards the second.
struct between {
  ptrdiff_t low, high;
  double share;
};

static inline struct between between_at(const nnk_window_axis *axis, ptrdiff_t place) {
  double center = ((double)place + 0.5) / (double)axis->stride - 0.5;
  if (center < 0) center = 0;
  ptrdiff_t low = (ptrdiff_t)center;
  return (struct between){low, MIN(low + 1, axis->input - 1), center - (double)low};
}

// The places of which a cell is one of the two; some at the ends may have it with a share of 0.
static inline struct places upsampled_reach(const nnk_window_axis *axis, ptrdiff_t cell) {
  return (struct places){
      cell > 0 ? (cell - 1) * axis->stride : 0, MIN((cell + 2) * axis->stride, axis->output)};
}

#define TEMPLATE "pooling.template.h"
#include "twice.h"

// A body over all rows of the output, or of the input.
static void run(nnk_pool *pool, const struct pool *p, range_body *body, int over_input) {
  const nnk_window *w = &p->window;
  ptrdiff_t rows = over_input ? w->height.input : w->height.output;
  ptrdiff_t work = w->width.output * w->output * MIN(w->height.taps * w->width.taps, 1 << 20);
  nnk_for_ranges(pool, w->examples * rows, grain_of(GRAIN, work), body, p);
}

void nnk_max_pool(
    int type, nnk_pool *pool, const nnk_window *window, const void *x, void *y, void *taps) {
  struct pool p = {*window, x, y, taps, 0};
  run(pool, &p, FOR_TYPE(max_pool), 0);
}

void nnk_max_pool_gradient(
    int type, nnk_pool *pool, const nnk_window *window, const void *dy, const void *taps,
    void *dx) {
  struct pool p = {*window, dy, dx, (void *)taps, 0};
  run(pool, &p, FOR_TYPE(max_pool_gradient), 1);
}

void nnk_average_pool(
    int type, nnk_pool *pool, const nnk_window *window, int counts_padding, const void *x,
    void *y) {
  struct pool p = {*window, x, y, NULL, counts_padding};
  run(pool, &p, FOR_TYPE(average_pool), 0);
}

void nnk_average_pool_gradient(
    int type, nnk_pool *pool, const nnk_window *window, int counts_padding, const void *dy,
    void *dx) {
  struct pool p = {*window, dy, dx, NULL, counts_padding};
  run(pool, &p, FOR_TYPE(average_pool_gradient), 1);
}

void nnk_upsample_linear(
    int type, nnk_pool *pool, const nnk_window *window, const void *x, void *y) {
  struct pool p = {*window, x, y, NULL, 0};
  run(pool, &p, FOR_TYPE(upsample), 0);
}

void nnk_upsample_linear_gradient(
    int type, nnk_pool *pool, const nnk_window *window, const void *dy, void *dx) {
  struct pool p = {*window, dy, dx, NULL, 0};
  run(pool, &p, FOR_TYPE(upsample_gradient), 1);
}
