// Convolution for one type at one level of the processor.
#include "tiles.template.h"

// What a tile is made of: segments of a and b, and where its sums begin and end.
typedef struct {
  const struct segment *segments;
  ptrdiff_t segment_count;
  const REAL *a, *b;
  ptrdiff_t a_row, a_column, b_row;
  // Rows that the sums begin with, `start_row` apart; null for zero.
  const REAL *start;
  ptrdiff_t start_row;
  REAL *c;
  ptrdiff_t c_row;
  int lanes;
} NAME(tile);

TARGET INLINE void NAME(add_segments)(
    const int rows, const int vectors, const int is_part, const int is_padded,
    const NAME(tile) *t, NAME(sums) sum) {
  for (ptrdiff_t s = 0; s < t->segment_count; s++) {
    const struct segment *segment = &t->segments[s];
    NAME(add_products)(
        rows, vectors, is_part, is_padded, t->lanes, segment->depth, t->a + segment->a, t->a_row,
        t->a_column, t->b + segment->b, t->b_row, sum);
  }
}

// c = start + Σ a · b.
TARGET INLINE void NAME(walk_tile)(
    const int rows, const int vectors, const int is_part, const NAME(tile) *t) {
  NAME(sums) sum;
  if (t->start) {
    NAME(load_sums)(rows, vectors, is_part, t->lanes, t->start, t->start_row, sum);
  } else {
    NAME(clear_sums)(rows, vectors, sum);
  }
  // Where there are no masks, panels are packed and padded.
  NAME(add_segments)(rows, vectors, is_part, !HAS_MASKS, t, sum);
  NAME(store_sums)(rows, vectors, is_part, t->lanes, t->c, t->c_row, sum);
}

// c += Σ a · b, the sum taken apart: so an example's part of a gradient is a chain of its own.
TARGET INLINE void NAME(gradient_tile)(
    const int rows, const int vectors, const int is_part, const NAME(tile) *t) {
  NAME(sums) sum;
  NAME(clear_sums)(rows, vectors, sum);
  NAME(add_segments)(rows, vectors, is_part, 0, t, sum);
#pragma unroll
  for (int r = 0; r < rows; r++) {
#pragma unroll
    for (int v = 0; v < vectors; v++) {
      REAL *to = t->c + r * t->c_row + v * LANES;
      if (is_part && v == vectors - 1) {
        NAME(store_part)(to, NAME(load_part)(to, t->lanes) + sum[r][v], t->lanes);
      } else {
        NAME(store)(to, NAME(load)(to) + sum[r][v]);
      }
    }
  }
}

#define CASE(kind, count) \
  case count: NAME(kind##_tile)(count, vectors, is_part, t); break;
#if MAX_ROWS > 6
#define MORE_CASES(kind)                                                          \
  CASE(kind, 7) CASE(kind, 8) CASE(kind, 9) CASE(kind, 10) CASE(kind, 11)         \
  CASE(kind, 12) CASE(kind, 13) CASE(kind, 14)
#else
#define MORE_CASES(kind)
#endif
// Tiles of one width, with any number of rows.
#define WIDTH(kind, count, part)                                                    \
  TARGET static __attribute__((noinline)) void NAME(kind##_##count##_##part)(       \
      int rows, const NAME(tile) *t) {                                              \
    enum { vectors = count, is_part = part };                                       \
    switch (rows) {                                                                 \
      CASE(kind, 1) CASE(kind, 2) CASE(kind, 3) CASE(kind, 4) CASE(kind, 5)         \
      CASE(kind, 6) MORE_CASES(kind)                                                \
    }                                                                               \
  }
#define WIDTHS(kind) WIDTH(kind, 1, 0) WIDTH(kind, 1, 1) WIDTH(kind, 2, 0) WIDTH(kind, 2, 1)
WIDTHS(walk)
WIDTHS(gradient)
#if MAX_VECTORS > 2
#define MORE_WIDTHS(kind) WIDTH(kind, 3, 0) WIDTH(kind, 3, 1) WIDTH(kind, 4, 0) WIDTH(kind, 4, 1)
MORE_WIDTHS(walk)
MORE_WIDTHS(gradient)
#undef MORE_WIDTHS
#endif
#undef CASE
#undef MORE_CASES
#undef WIDTH
#undef WIDTHS

typedef void NAME(tiles)(int rows, const NAME(tile) *t);

#if MAX_VECTORS > 2
#define TABLE(kind)                                                                 \
  {{NAME(kind##_1_0), NAME(kind##_1_1)}, {NAME(kind##_2_0), NAME(kind##_2_1)},      \
   {NAME(kind##_3_0), NAME(kind##_3_1)}, {NAME(kind##_4_0), NAME(kind##_4_1)}}
#else
#define TABLE(kind) \
  {{NAME(kind##_1_0), NAME(kind##_1_1)}, {NAME(kind##_2_0), NAME(kind##_2_1)}}
#endif
static NAME(tiles) *const NAME(walk_tiles)[MAX_VECTORS][2] = TABLE(walk);
static NAME(tiles) *const NAME(gradient_tiles)[MAX_VECTORS][2] = TABLE(gradient);
#undef TABLE

// A block of places in three directions: examples, rows and columns of a plane.
typedef struct {
  ptrdiff_t count[3], a_step[3], c_step[3];
} NAME(block);

// Cuts a block into tiles along the direction in which they become the highest.
TARGET static void NAME(run_tiles)(
    NAME(tiles) *run, NAME(tile) *t, const NAME(block) *block) {
  int along = 2;
  double best = 0;
  for (int d = 2; d >= 0; d--) {
    ptrdiff_t count = block->count[d];
    double height = (double)count / (double)((count + MAX_ROWS - 1) / MAX_ROWS);
    // Neighbours in memory are worth a little.
    if (height > (d < 2 ? best * 1.2 : best)) {
      best = height;
      along = d;
    }
  }
  int outer = along == 0 ? 1 : 0, inner = along == 2 ? 1 : 2;
  const REAL *a = t->a, *start = t->start;
  REAL *c = t->c;
  t->a_row = block->a_step[along];
  t->c_row = block->c_step[along];
  int starts_at_c = start == c;
  if (starts_at_c) t->start_row = t->c_row;
  ptrdiff_t count = block->count[along], tiles = (count + MAX_ROWS - 1) / MAX_ROWS;
  for (ptrdiff_t i = 0; i < block->count[outer]; i++) {
    for (ptrdiff_t j = 0; j < block->count[inner]; j++) {
      t->a = a + i * block->a_step[outer] + j * block->a_step[inner];
      t->c = c + i * block->c_step[outer] + j * block->c_step[inner];
      // Tiles as equal as can be, so that none is left too thin to be fast.
      for (ptrdiff_t tile = 0; tile < tiles; tile++) {
        ptrdiff_t height = (count + tile) / tiles;
        if (starts_at_c) t->start = t->c;
        run((int)height, t);
        t->a += height * t->a_row;
        t->c += height * t->c_row;
      }
    }
  }
}

// Taps `first` to `last` of the chain that all taps make, each `depth` long, of one panel of the
// kernel: for the walk of one pair of runs.
TARGET static ptrdiff_t NAME(segments_of)(
    const struct walk *w, const struct run *rows, const struct run *columns, ptrdiff_t first,
    ptrdiff_t last, ptrdiff_t b_row, struct segment *segments) {
  ptrdiff_t count = 0, channels = w->groups * w->depth;
  for (ptrdiff_t i = 0; i < rows->tap_count; i++) {
    ptrdiff_t row_tap = (rows->tap + i * w->height.tap_step) * w->width.taps;
    if ((row_tap + w->width.taps) * w->depth <= first || row_tap * w->depth >= last) continue;
    for (ptrdiff_t j = 0; j < columns->tap_count; j++) {
      ptrdiff_t start = (row_tap + columns->tap + j * w->width.tap_step) * w->depth;
      ptrdiff_t from = MAX(start, first), to = MIN(start + w->depth, last);
      if (from >= to) continue;
      ptrdiff_t a = (i * rows->tap_distance * w->width.source + j * columns->tap_distance) *
                        channels + from - start;
      count = append(segments, count, a, 1, (from - first) * b_row, b_row, to - from);
    }
  }
  return count;
}

// Packs rows first..<last of all taps' rows of the kernel, and some of its columns.
TARGET static void NAME(pack_taps)(
    const struct walk *w, const REAL *kernel, ptrdiff_t first, ptrdiff_t last, ptrdiff_t width,
    REAL *panel) {
  ptrdiff_t taps = w->height.taps * w->width.taps;
  for (ptrdiff_t row = first; row < last;) {
    ptrdiff_t tap = row / w->depth, start = row - tap * w->depth;
    ptrdiff_t depth = MIN(w->depth - start, last - row);
    ptrdiff_t stored = w->flipped ? taps - 1 - tap : tap;
    NAME(pack)(
        kernel + stored * w->kernel_tap + start * w->kernel_row, w->kernel_row, w->kernel_column,
        depth, width, panel + (row - first) * PANEL_COLUMNS);
    row += depth;
  }
}

// Some columns of a group of the target, at all places of some examples and rows.
TARGET static void NAME(walk_panel)(
    const struct walk *w, ptrdiff_t group, ptrdiff_t column, ptrdiff_t width, ptrdiff_t example,
    ptrdiff_t example_end, ptrdiff_t row, ptrdiff_t row_end) {
  REAL panel[PANEL_DEPTH * PANEL_COLUMNS] __attribute__((aligned(64)));
  struct segment segments[PANEL_DEPTH];
  ptrdiff_t a_channels = w->groups * w->depth, c_channels = w->groups * w->columns;
  ptrdiff_t a_example = w->height.source * w->width.source * a_channels;
  ptrdiff_t c_example = w->height.target * w->width.target * c_channels;
  const REAL *kernel =
      (const REAL *)w->kernel + group * w->kernel_group + column * w->kernel_column;
  const REAL *source = (const REAL *)w->source + example * a_example + group * w->depth;
  ptrdiff_t c_column = group * w->columns + column;
  REAL *target = (REAL *)w->target + example * c_example + c_column;
  int vectors = (int)((width + LANES - 1) / LANES);
  int lanes = (int)(width - (vectors - 1) * LANES);
  int is_part = lanes < LANES;
  NAME(tiles) *run = NAME(walk_tiles)[vectors - 1][is_part];
  ptrdiff_t places = (example_end - example) * (row_end - row) * w->width.target;
  // Taps that are counted from the last do not stand in the kernel in the order of the rows.
  int packs =
      w->flipped || w->kernel_column != 1 || (is_part && !HAS_MASKS) || places >= 256;
  ptrdiff_t total = w->height.taps * w->width.taps * w->depth;
  ptrdiff_t chunks = (total + PANEL_DEPTH - 1) / PANEL_DEPTH;
  ptrdiff_t first = 0;
  for (ptrdiff_t chunk = 0; chunk < chunks; chunk++) {
    ptrdiff_t last = first + (total + chunk) / chunks;
    NAME(tile) tile = {
        .segments = segments, .a_column = 1, .lanes = lanes, .b = kernel + first * w->kernel_row,
        .b_row = w->kernel_row};
    if (packs) {
      NAME(pack_taps)(w, kernel, first, last, width, panel);
      tile.b = panel;
      tile.b_row = PANEL_COLUMNS;
    }
    struct run rows, columns;
    struct runs all_rows = runs_of(&w->height, row, row_end);
    while (next_run(&all_rows, &rows)) {
      struct runs all_columns = runs_of(&w->width, 0, w->width.target);
      while (next_run(&all_columns, &columns)) {
        tile.segment_count =
            NAME(segments_of)(w, &rows, &columns, first, last, tile.b_row, segments);
        if (tile.segment_count == 0 && chunk > 0) continue;
        tile.a = source + (rows.source * w->width.source + columns.source) * a_channels;
        tile.c = target + (rows.first * w->width.target + columns.first) * c_channels;
        tile.start = tile.c;
        if (chunk == 0) {
          tile.start = w->bias ? (const REAL *)w->bias + c_column : NULL;
          tile.start_row = 0;
        }
        NAME(block) block = {
            {example_end - example, rows.count, columns.count},
            {a_example, rows.place_step * w->width.source * a_channels,
             columns.place_step * a_channels},
            {c_example, w->height.period * w->width.target * c_channels,
             w->width.period * c_channels}};
        NAME(run_tiles)(run, &tile, &block);
      }
    }
    first = last;
  }
}

TARGET static void NAME(walk_part)(
    const struct walk *w, ptrdiff_t group, ptrdiff_t column, ptrdiff_t column_end,
    ptrdiff_t example, ptrdiff_t example_end, ptrdiff_t row, ptrdiff_t row_end) {
  for (; column < column_end; column += PANEL_COLUMNS) {
    ptrdiff_t width = MIN(PANEL_COLUMNS, column_end - column);
    NAME(walk_panel)(w, group, column, width, example, example_end, row, row_end);
  }
}

// MARK: The kernel's gradient

// dkernel[tap, i, o] += Σ x[place of the tap, i] · dy[place, o] over the places `columns` of all lines: a
// product that is deep over all places. Rows of the tile are `depth` neighbours in x from the tap on.
TARGET static void NAME(add_gradient)(
    const struct kernel_gradient *g, ptrdiff_t group, ptrdiff_t row_tap, ptrdiff_t column_tap,
    ptrdiff_t depth, struct places columns, ptrdiff_t column, ptrdiff_t column_end) {
  enum { MOST_SEGMENTS = 256, CHUNK_BYTES = 256 * 1024 };
  struct segment segments[MOST_SEGMENTS];
  ptrdiff_t x_channels = g->groups * g->depth, dy_channels = g->groups * g->columns;
  ptrdiff_t tap = row_tap * g->width.taps + column_tap;
  REAL *dkernel = (REAL *)g->dkernel + tap * g->depth * dy_channels + group * g->columns;
  struct places rows = places_of(&g->height, row_tap);
  ptrdiff_t width = columns.end - columns.first;
  if (width <= 0) return;
  ptrdiff_t fitting = CHUNK_BYTES / (ptrdiff_t)sizeof(REAL) / (depth + column_end - column);
  ptrdiff_t most_rows = MIN(MOST_SEGMENTS, MAX(1, fitting / width));
  ptrdiff_t x_column = g->width.stride * x_channels;
  ptrdiff_t tiles = (depth + MAX_ROWS - 1) / MAX_ROWS;
  for (ptrdiff_t example = 0; example < g->examples; example++) {
    const REAL *x = (const REAL *)g->x +
                    example * g->height.input * g->width.input * x_channels + group * g->depth;
    const REAL *dy = (const REAL *)g->dy +
                     example * g->height.output * g->width.output * dy_channels +
                     group * g->columns;
    for (ptrdiff_t first = rows.first; first < rows.end; first += most_rows) {
      ptrdiff_t last = MIN(first + most_rows, rows.end), count = 0;
      for (ptrdiff_t row = first; row < last; row++) {
        ptrdiff_t x_row = cell_of(&g->height, row, row_tap);
        ptrdiff_t x_first = cell_of(&g->width, columns.first, column_tap);
        count = append(
            segments, count, (x_row * g->width.input + x_first) * x_channels, x_column,
            (row * g->width.output + columns.first) * dy_channels, dy_channels, width);
      }
      for (ptrdiff_t j = column; j < column_end; j += PANEL_COLUMNS) {
        ptrdiff_t panel = MIN(PANEL_COLUMNS, column_end - j);
        int vectors = (int)((panel + LANES - 1) / LANES);
        NAME(tile) tile = {
            .segments = segments, .segment_count = count, .a_row = 1, .a_column = x_column,
            .b_row = dy_channels, .c_row = dy_channels, .b = dy + j, .a = x, .c = dkernel + j,
            .lanes = (int)(panel - (vectors - 1) * LANES)};
        NAME(tiles) *run = NAME(gradient_tiles)[vectors - 1][tile.lanes < LANES];
        for (ptrdiff_t i = 0; i < tiles; i++) {
          ptrdiff_t height = (depth + i) / tiles;
          run((int)height, &tile);
          tile.a += height;
          tile.c += height * dy_channels;
        }
      }
    }
  }
}

// Some columns of the gradient of `tap_count` neighbouring taps of a line.
TARGET static void NAME(gradient_part)(
    const struct kernel_gradient *g, ptrdiff_t group, ptrdiff_t tap, ptrdiff_t tap_count,
    ptrdiff_t column, ptrdiff_t column_end) {
  ptrdiff_t dy_channels = g->groups * g->columns;
  REAL *dkernel = (REAL *)g->dkernel + tap * g->depth * dy_channels + group * g->columns;
  for (ptrdiff_t i = 0; i < tap_count * g->depth; i++) {
    memset(dkernel + i * dy_channels + column, 0, (size_t)(column_end - column) * sizeof(REAL));
  }
  ptrdiff_t row_tap = tap / g->width.taps, column_tap = tap % g->width.taps;
  // Where all of them stand inside they are one product; what is left of their places is not.
  struct places all = places_of(&g->width, column_tap);
  for (ptrdiff_t t = 1; t < tap_count; t++) {
    struct places places = places_of(&g->width, column_tap + t);
    all.first = MAX(all.first, places.first);
    all.end = MIN(all.end, places.end);
  }
  all.end = MAX(all.first, all.end);
  NAME(add_gradient)(
      g, group, row_tap, column_tap, tap_count * g->depth, all, column, column_end);
  for (ptrdiff_t t = 0; tap_count > 1 && t < tap_count; t++) {
    struct places places = places_of(&g->width, column_tap + t);
    struct places before = {places.first, MIN(all.first, places.end)};
    struct places behind = {MAX(all.end, before.end), places.end};
    NAME(add_gradient)(g, group, row_tap, column_tap + t, g->depth, before, column, column_end);
    NAME(add_gradient)(g, group, row_tap, column_tap + t, g->depth, behind, column, column_end);
  }
}

#undef PANEL_COLUMNS
#undef PANEL_DEPTH
