// Convolution as products that read the input where it lies: no matrix of patches is made.
//
// A run of places along one axis, for which the same taps stand inside the input, is a block of
// rows at equal distances in the input and in the output. So a tile of sums goes through the taps,
// one product for each, and what stands outside is left out instead of being multiplied by zero.
// Every sum is one chain over taps and channels in order, whatever the tiles, parts and threads
// are: an example's result depends neither on the other examples nor on the number of threads.
//
// The gradient of the input is the same walk over the output's gradient: the kernel turned round,
// in and out exchanged, and the stride on the other side.
#include "depthwise.h"
#include "window_axis.h"

// One axis of a walk: tap k at place i of the target stands on (i · stride + k · dilation −
// padding) / spacing of the source, where that is whole and inside.
struct axis {
  ptrdiff_t target, source, taps, stride, dilation, padding, spacing;
  // Neighbouring taps that stand on something, and places that may have the same, are so far apart.
  ptrdiff_t tap_step, period;
};

// Places first, first + period, … of a target for which the same taps stand inside the source.
struct run {
  ptrdiff_t first, count;
  ptrdiff_t tap, tap_count;
  // Where the first tap of the first place stands, and how far the next place's and tap's are.
  ptrdiff_t source, place_step, tap_distance;
};

// A pass over all places of a target.
struct walk {
  const void *source, *kernel, *bias;
  void *target;
  ptrdiff_t examples;
  struct axis height, width;
  // Channels of a group in the source, `depth`, and in the target, `columns`.
  ptrdiff_t groups, depth, columns;
  // The kernel as [taps, depth, columns], with `flipped` taps counted from the last.
  ptrdiff_t kernel_tap, kernel_row, kernel_column, kernel_group;
  int flipped;
  // What a part takes of examples, of rows of the target and of groups; a part of one group has
  // `column_grain` of its columns.
  ptrdiff_t example_grain, row_grain, row_parts, column_grain, column_parts;
};

// The products that make one tile or many: at these places of a and of b, so many deep.
struct segment {
  ptrdiff_t a, b, depth;
};

// The gradient of a kernel: every part takes some taps of some group.
struct kernel_gradient {
  const void *x, *dy;
  void *dkernel;
  ptrdiff_t examples;
  nnk_window_axis height, width;
  ptrdiff_t groups, depth, columns;
  // What a part takes of neighbouring taps of a line, and of columns.
  ptrdiff_t tap_grain, column_grain, column_parts;
};

static ptrdiff_t greatest_divisor(ptrdiff_t a, ptrdiff_t b) {
  while (b != 0) {
    ptrdiff_t rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

static struct axis forward_axis(const nnk_window_axis *w) {
  return (struct axis){
      .target = w->output, .source = w->input, .taps = w->taps, .stride = w->stride,
      .dilation = w->dilation, .padding = w->padding, .spacing = 1, .tap_step = 1, .period = 1};
}

static struct axis backward_axis(const nnk_window_axis *w) {
  return (struct axis){
      .target = w->input, .source = w->output, .taps = w->taps, .stride = 1,
      .dilation = w->dilation, .padding = (w->taps - 1) * w->dilation - w->padding,
      .spacing = w->stride,
      .tap_step = w->stride / greatest_divisor(w->stride, w->dilation), .period = w->stride};
}

// The taps that stand inside the source at one place.
static void find_taps(const struct axis *axis, ptrdiff_t place, struct run *run) {
  ptrdiff_t start = place * axis->stride - axis->padding;
  // The first tap on or behind the beginning of the source, then the first that stands on a place.
  ptrdiff_t tap = start < 0 ? (-start + axis->dilation - 1) / axis->dilation : 0;
  ptrdiff_t tries = MIN(tap + axis->tap_step, axis->taps);
  while (tap < tries && (start + tap * axis->dilation) % axis->spacing != 0) tap++;
  if (tap == tries) tap = axis->taps;
  ptrdiff_t last = (axis->source - 1) * axis->spacing - start;
  run->tap = tap;
  run->tap_count = 0;
  run->source = 0;
  if (tap >= axis->taps || last < tap * axis->dilation) return;
  ptrdiff_t end = MIN(last / axis->dilation + 1, axis->taps);
  run->tap_count = (end - tap + axis->tap_step - 1) / axis->tap_step;
  run->source = (start + tap * axis->dilation) / axis->spacing;
}

// The longest run from a place on, before `end`.
static struct run run_from(const struct axis *axis, ptrdiff_t place, ptrdiff_t end) {
  struct run run = {
      .first = place, .count = 1, .place_step = axis->stride * axis->period / axis->spacing,
      .tap_distance = axis->tap_step * axis->dilation / axis->spacing};
  find_taps(axis, place, &run);
  for (ptrdiff_t next = place + axis->period; next < end; next += axis->period, run.count++) {
    struct run other;
    find_taps(axis, next, &other);
    if (other.tap_count != run.tap_count || (run.tap_count > 0 && other.tap != run.tap)) break;
  }
  return run;
}

// The way through all runs between two places.
struct runs {
  const struct axis *axis;
  ptrdiff_t start, end, phase, place;
};

static struct runs runs_of(const struct axis *axis, ptrdiff_t start, ptrdiff_t end) {
  return (struct runs){axis, start, end, 0, start};
}

static int next_run(struct runs *runs, struct run *run) {
  while (runs->place >= runs->end) {
    if (++runs->phase >= runs->axis->period) return 0;
    runs->place = runs->start + runs->phase;
    if (runs->place >= runs->end) return 0;
  }
  *run = run_from(runs->axis, runs->place, runs->end);
  runs->place += run->count * runs->axis->period;
  return 1;
}

// Adds a segment, or lengthens the last where it goes on without a gap.
static inline ptrdiff_t append(
    struct segment *segments, ptrdiff_t count, ptrdiff_t a, ptrdiff_t a_step, ptrdiff_t b,
    ptrdiff_t b_step, ptrdiff_t depth) {
  if (count > 0) {
    struct segment *last = &segments[count - 1];
    if (last->a + last->depth * a_step == a && last->b + last->depth * b_step == b) {
      last->depth += depth;
      return count;
    }
  }
  segments[count] = (struct segment){a, b, depth};
  return count + 1;
}

typedef void walk_part(
    const struct walk *w, ptrdiff_t group, ptrdiff_t column, ptrdiff_t column_end,
    ptrdiff_t example, ptrdiff_t example_end, ptrdiff_t row, ptrdiff_t row_end);
typedef void gradient_part(
    const struct kernel_gradient *g, ptrdiff_t group, ptrdiff_t tap, ptrdiff_t tap_count,
    ptrdiff_t column, ptrdiff_t column_end);

struct method {
  walk_part *walk[2];
  gradient_part *gradient[2];
  ptrdiff_t columns[2];
};

#define LEVEL_BODY "convolution.levels.h"
#include "levels.h"

static const struct method *method_for_this_machine(void) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("x86-64-v4")) return &method_avx512;
  if (__builtin_cpu_supports("x86-64-v3")) return &method_avx2;
#endif
  return &method_portable;
}

// MARK: Sharing out

struct shared_walk {
  struct walk walk;
  const struct method *method;
  int type;
};

static void run_walk(void *context, ptrdiff_t index) {
  const struct shared_walk *shared = context;
  const struct walk *w = &shared->walk;
  walk_part *part = shared->method->walk[shared->type];
  ptrdiff_t row = index % w->row_parts * w->row_grain;
  ptrdiff_t row_end = MIN(row + w->row_grain, w->height.target);
  index /= w->row_parts;
  ptrdiff_t cut = index % w->column_parts;
  ptrdiff_t example = index / w->column_parts * w->example_grain;
  ptrdiff_t example_end = MIN(example + w->example_grain, w->examples);
  if (w->column_parts == 1) {
    for (ptrdiff_t group = 0; group < w->groups; group++) {
      part(w, group, 0, w->columns, example, example_end, row, row_end);
    }
    return;
  }
  ptrdiff_t cuts = w->column_parts / w->groups;
  ptrdiff_t column = cut % cuts * w->column_grain;
  part(
      w, cut / cuts, column, MIN(column + w->column_grain, w->columns), example, example_end, row,
      row_end);
}

static ptrdiff_t parts_of(ptrdiff_t count, ptrdiff_t grain) { return (count + grain - 1) / grain; }

// A part's source and target stay in a second-level cache while all panels of the kernel pass.
#define PART_BYTES (512 * 1024)
// Fewer multiplications than take some ten microseconds are not worth sharing.
#define SMALLEST_SHARED_WORK 500000

// Cuts a walk into parts, which do not show in the result.
static void run_shared(int type, nnk_pool *pool, struct walk *walk) {
  struct shared_walk shared = {*walk, method_for_this_machine(), type ? 1 : 0};
  struct walk *w = &shared.walk;
  ptrdiff_t rows = w->height.target, size = type ? sizeof(double) : sizeof(float);
  ptrdiff_t places = rows * w->width.target;
  ptrdiff_t taps = w->height.taps * w->width.taps;
  ptrdiff_t bytes = size * (places * w->groups * w->columns +
                            w->height.source * w->width.source * w->groups * w->depth);
  w->example_grain = MIN(MAX(1, PART_BYTES / bytes), w->examples);
  w->row_grain = bytes > PART_BYTES ? MAX(1, rows * (PART_BYTES / 1024) / (bytes / 1024)) : rows;
  w->column_grain = w->columns;
  w->column_parts = 1;
  if (size * taps * w->depth * w->groups * w->columns > PART_BYTES) {
    // A large kernel should not pass once for each of many parts.
    w->column_grain = shared.method->columns[shared.type];
    w->column_parts = w->groups * parts_of(w->columns, w->column_grain);
  }
  ptrdiff_t threads = nnk_pool_thread_count(pool);
  double work = (double)w->examples * (double)places * (double)(w->groups * w->columns) *
                (double)(taps * w->depth);
  if (threads > 1 && work >= SMALLEST_SHARED_WORK) {
    ptrdiff_t wanted = parts_of(4 * threads, w->column_parts);
    w->example_grain = MIN(w->example_grain, MAX(1, w->examples / wanted));
    wanted = parts_of(wanted, parts_of(w->examples, w->example_grain));
    w->row_grain = MIN(w->row_grain, MAX(1, rows / wanted));
  }
  w->row_parts = parts_of(rows, w->row_grain);
  ptrdiff_t parts = parts_of(w->examples, w->example_grain) * w->column_parts * w->row_parts;
  // A pool shares out whatever has two parts; too little work is done at once.
  nnk_pool_run(work < SMALLEST_SHARED_WORK ? NULL : pool, parts, run_walk, &shared);
}

static int is_depthwise(const nnk_window *window) {
  return window->groups > 1 && window->groups == window->input;
}

void nnk_convolve(
    int type, nnk_pool *pool, const nnk_window *window, const void *x, const void *kernel,
    const void *bias, void *y) {
  if (window->examples == 0) return;
  if (is_depthwise(window)) {
    depthwise_convolve(type, pool, window, x, kernel, bias, y);
    return;
  }
  ptrdiff_t depth = window->input / window->groups, columns = window->output / window->groups;
  struct walk walk = {
      .source = x, .kernel = kernel, .bias = bias, .target = y,
      .examples = window->examples, .height = forward_axis(&window->height),
      .width = forward_axis(&window->width), .groups = window->groups, .depth = depth,
      .columns = columns, .kernel_tap = depth * window->output,
      .kernel_row = window->output, .kernel_column = 1, .kernel_group = columns};
  run_shared(type, pool, &walk);
}

void nnk_convolve_back(
    int type, nnk_pool *pool, const nnk_window *window, const void *dy, const void *kernel,
    const void *bias, void *dx) {
  if (window->examples == 0) return;
  if (is_depthwise(window)) {
    depthwise_convolve_back(type, pool, window, dy, kernel, bias, dx);
    return;
  }
  ptrdiff_t depth = window->output / window->groups, columns = window->input / window->groups;
  struct walk walk = {
      .source = dy, .kernel = kernel, .bias = bias, .target = dx,
      .examples = window->examples, .height = backward_axis(&window->height),
      .width = backward_axis(&window->width), .groups = window->groups, .depth = depth,
      .columns = columns, .kernel_tap = columns * window->output, .kernel_row = 1,
      .kernel_column = window->output, .kernel_group = depth, .flipped = 1};
  run_shared(type, pool, &walk);
}

// MARK: The kernel's gradient

// So many input channels give enough independent sums for a processor to be busy with.
#define FEW_ROWS 4

struct shared_gradient {
  struct kernel_gradient gradient;
  gradient_part *part;
};

static void run_gradient(void *context, ptrdiff_t index) {
  const struct shared_gradient *shared = context;
  const struct kernel_gradient *g = &shared->gradient;
  ptrdiff_t parts = g->height.taps * g->width.taps / g->tap_grain;
  ptrdiff_t column = index % g->column_parts * g->column_grain;
  index /= g->column_parts;
  shared->part(
      g, index / parts, index % parts * g->tap_grain, g->tap_grain, column,
      MIN(column + g->column_grain, g->columns));
}

void nnk_convolution_kernel_gradient(
    int type, nnk_pool *pool, const nnk_window *window, const void *x, const void *dy,
    void *dkernel) {
  if (is_depthwise(window)) {
    depthwise_kernel_gradient(type, pool, window, x, dy, dkernel);
    return;
  }
  const struct method *method = method_for_this_machine();
  struct shared_gradient shared = {
      .gradient =
          {.x = x, .dy = dy, .dkernel = dkernel, .examples = window->examples,
           .height = window->height, .width = window->width,
           .groups = window->groups, .depth = window->input / window->groups,
           .columns = window->output / window->groups},
      .part = method->gradient[type ? 1 : 0]};
  struct kernel_gradient *g = &shared.gradient;
  // The taps of a line stand on neighbours. Few channels of theirs are too few rows for a tile.
  int is_dense = g->width.dilation == 1 && g->groups == 1;
  g->tap_grain = is_dense && g->depth <= FEW_ROWS ? g->width.taps : 1;
  ptrdiff_t taps = g->height.taps * g->width.taps / g->tap_grain;
  // Taps first, for a part that has all columns reads the input once for them.
  g->column_grain = taps * g->groups >= 4 * nnk_pool_thread_count(pool)
                        ? g->columns
                        : method->columns[type ? 1 : 0];
  g->column_parts = parts_of(g->columns, g->column_grain);
  nnk_pool_run(pool, g->groups * taps * g->column_parts, run_gradient, &shared);
}
