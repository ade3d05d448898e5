// One product for one type at one level of the processor.

typedef REAL NAME(vector) __attribute__((vector_size(VECTOR_BYTES)));

#define PANEL_COLUMNS (LANES * MAX_VECTORS)
// A packed panel of b fills half of a first-level cache.
#define PANEL_DEPTH (32768 / (PANEL_COLUMNS * (BITS / 8)))

TARGET INLINE NAME(vector) NAME(load)(const REAL *p) {
  NAME(vector) v;
  memcpy(&v, p, sizeof v);
  return v;
}

TARGET INLINE void NAME(store)(REAL *p, NAME(vector) v) { memcpy(p, &v, sizeof v); }

// The first `lanes` elements, zeros behind them; nothing beyond them is touched.
TARGET INLINE NAME(vector) NAME(load_part)(const REAL *p, int lanes) {
#if HAS_MASKS && BITS == 32
  return (NAME(vector))_mm512_maskz_loadu_ps((__mmask16)((1u << lanes) - 1), p);
#elif HAS_MASKS
  return (NAME(vector))_mm512_maskz_loadu_pd((__mmask8)((1u << lanes) - 1), p);
#else
  NAME(vector) v = {0};
  for (int i = 0; i < LANES; i++) {
    if (i < lanes) v[i] = p[i];
  }
  return v;
#endif
}

TARGET INLINE void NAME(store_part)(REAL *p, NAME(vector) v, int lanes) {
#if HAS_MASKS && BITS == 32
  _mm512_mask_storeu_ps(p, (__mmask16)((1u << lanes) - 1), (__m512)v);
#elif HAS_MASKS
  _mm512_mask_storeu_pd(p, (__mmask8)((1u << lanes) - 1), (__m512d)v);
#else
  for (int i = 0; i < LANES; i++) {
    if (i < lanes) p[i] = v[i];
  }
#endif
}

// A tile of c: `rows` rows of `vectors` vectors, the last of which has `lanes` columns when
// `is_part`. `rows`, `vectors` and `is_part` are constants where this is inlined, so that the
// sums stay in registers. `beginning` says that c holds nothing yet.
TARGET INLINE void NAME(tile)(
    const int rows, const int vectors, const int is_part, int lanes, ptrdiff_t depth,
    const REAL *a, ptrdiff_t a_row, ptrdiff_t a_column, const REAL *b, ptrdiff_t b_row, REAL *c,
    ptrdiff_t c_row, int beginning) {
  NAME(vector) sum[MAX_ROWS][MAX_VECTORS];
#pragma unroll
  for (int r = 0; r < rows; r++) {
#pragma unroll
    for (int v = 0; v < vectors; v++) {
      const REAL *from = c + r * c_row + v * LANES;
      if (beginning) {
        sum[r][v] = (NAME(vector)){0};
      } else if (is_part && v == vectors - 1) {
        sum[r][v] = NAME(load_part)(from, lanes);
      } else {
        sum[r][v] = NAME(load)(from);
      }
    }
  }
  for (ptrdiff_t p = 0; p < depth; p++) {
    NAME(vector) row[MAX_VECTORS];
#pragma unroll
    for (int v = 0; v < vectors; v++) {
      // A packed panel is padded with zeros; only where masks are free is b itself read in part.
      row[v] = HAS_MASKS && is_part && v == vectors - 1 ? NAME(load_part)(b + v * LANES, lanes)
                                                        : NAME(load)(b + v * LANES);
    }
#pragma unroll
    for (int r = 0; r < rows; r++) {
      NAME(vector) factor = a[r * a_row] - (NAME(vector)){0};
#pragma unroll
      for (int v = 0; v < vectors; v++) sum[r][v] = factor * row[v] + sum[r][v];
    }
    a += a_column;
    b += b_row;
  }
#pragma unroll
  for (int r = 0; r < rows; r++) {
#pragma unroll
    for (int v = 0; v < vectors; v++) {
      REAL *to = c + r * c_row + v * LANES;
      if (is_part && v == vectors - 1) {
        NAME(store_part)(to, sum[r][v], lanes);
      } else {
        NAME(store)(to, sum[r][v]);
      }
    }
  }
}

#define TILE_ARGUMENTS                                                                   \
  int lanes, ptrdiff_t depth, const REAL *a, ptrdiff_t a_row, ptrdiff_t a_column,        \
      const REAL *b, ptrdiff_t b_row, REAL *c, ptrdiff_t c_row, int beginning
#define TILE_VALUES lanes, depth, a, a_row, a_column, b, b_row, c, c_row, beginning

// A run of tiles of equal width down the rows.
#define CASE(count) \
  case count: NAME(tile)(count, vectors, is_part, TILE_VALUES); break;

TARGET INLINE void NAME(tile_of)(
    int rows, const int vectors, const int is_part, TILE_ARGUMENTS) {
  switch (rows) {
    CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6)
#if MAX_ROWS > 6
    CASE(7) CASE(8) CASE(9) CASE(10) CASE(11) CASE(12) CASE(13) CASE(14)
#endif
  }
}

#undef CASE

#define WIDTH(count, part)                                                             \
  TARGET static __attribute__((noinline)) void NAME(width_##count##_##part)(           \
      int rows, TILE_ARGUMENTS) {                                                      \
    NAME(tile_of)(rows, count, part, TILE_VALUES);                                     \
  }
WIDTH(1, 0)
WIDTH(1, 1)
WIDTH(2, 0)
WIDTH(2, 1)
#if MAX_VECTORS > 2
WIDTH(3, 0)
WIDTH(3, 1)
WIDTH(4, 0)
WIDTH(4, 1)
#endif
#undef WIDTH

typedef void NAME(width)(int rows, TILE_ARGUMENTS);

// Copies rows `depth` and columns `width` of op(b) into a panel of whole vectors, zeros behind.
TARGET static void NAME(pack)(
    const REAL *b, ptrdiff_t b_row, ptrdiff_t b_column, ptrdiff_t depth, ptrdiff_t width,
    REAL *panel) {
  if (b_column == 1) {
    for (ptrdiff_t p = 0; p < depth; p++) {
      for (ptrdiff_t j = 0; j < width; j++) panel[p * PANEL_COLUMNS + j] = b[p * b_row + j];
      for (ptrdiff_t j = width; j < PANEL_COLUMNS; j++) panel[p * PANEL_COLUMNS + j] = 0;
    }
    return;
  }
  for (ptrdiff_t p = 0; p < depth; p++) {
    for (ptrdiff_t j = 0; j < width; j++) {
      panel[p * PANEL_COLUMNS + j] = b[p * b_row + j * b_column];
    }
    for (ptrdiff_t j = width; j < PANEL_COLUMNS; j++) panel[p * PANEL_COLUMNS + j] = 0;
  }
}

TARGET static void NAME(product_part)(
    const struct product *product, ptrdiff_t row, ptrdiff_t row_end, ptrdiff_t column,
    ptrdiff_t column_end) {
  static NAME(width) *const widths[MAX_VECTORS][2] = {
      {NAME(width_1_0), NAME(width_1_1)},
      {NAME(width_2_0), NAME(width_2_1)},
#if MAX_VECTORS > 2
      {NAME(width_3_0), NAME(width_3_1)},
      {NAME(width_4_0), NAME(width_4_1)},
#endif
  };
  REAL panel[PANEL_DEPTH * PANEL_COLUMNS] __attribute__((aligned(64)));
  const REAL *a = product->a, *b = product->b;
  REAL *c = product->c;
  ptrdiff_t n = product->n, k = product->k, rows = row_end - row;
  ptrdiff_t blocks = (rows + MAX_ROWS - 1) / MAX_ROWS;
  for (ptrdiff_t j = column; j < column_end; j += PANEL_COLUMNS) {
    ptrdiff_t width = MIN(PANEL_COLUMNS, column_end - j);
    int vectors = (int)((width + LANES - 1) / LANES);
    int lanes = (int)(width - (vectors - 1) * LANES);
    int is_part = lanes < LANES;
    NAME(width) *run = widths[vectors - 1][is_part];
    // A transposed b has no rows to read; the others are copied when enough rows will read them.
    int packs = product->b_column != 1 || (is_part && !HAS_MASKS) ||
                (rows >= 256 && n > PANEL_COLUMNS && k * n > 8192);
    ptrdiff_t step = packs ? PANEL_DEPTH : k;
    for (ptrdiff_t p = 0; p < k; p += step) {
      ptrdiff_t depth = MIN(step, k - p);
      const REAL *from = b + p * product->b_row + j * product->b_column;
      ptrdiff_t b_row = product->b_row;
      if (packs) {
        NAME(pack)(from, product->b_row, product->b_column, depth, width, panel);
        from = panel;
        b_row = PANEL_COLUMNS;
      }
      // Blocks of rows as equal as can be, so that none is left too thin to be fast.
      ptrdiff_t i = row;
      for (ptrdiff_t block = 0; block < blocks; block++) {
        ptrdiff_t height = (rows + block) / blocks;
        run((int)height, lanes, depth, a + i * product->a_row + p * product->a_column,
            product->a_row, product->a_column, from, b_row, c + i * n + j, n,
            p == 0 && !product->accumulating);
        i += height;
      }
    }
  }
}

#undef PANEL_COLUMNS
#undef PANEL_DEPTH
#undef TILE_ARGUMENTS
#undef TILE_VALUES
