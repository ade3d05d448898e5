// Vectors, and the tile of sums that products are made of, for one type at one level of the
// processor.

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

// A tile of sums: `rows` rows of `vectors` vectors, the last of which has `lanes` columns when
// `is_part`. `rows`, `vectors` and `is_part` are constants where this is inlined, so that the sums
// stay in registers.
typedef NAME(vector) NAME(sums)[MAX_ROWS][MAX_VECTORS];

// Takes the sums from c, whose rows are `c_row` apart; 0 repeats one row.
TARGET INLINE void NAME(load_sums)(
    const int rows, const int vectors, const int is_part, int lanes, const REAL *c,
    ptrdiff_t c_row, NAME(sums) sum) {
#pragma unroll
  for (int r = 0; r < rows; r++) {
#pragma unroll
    for (int v = 0; v < vectors; v++) {
      const REAL *from = c + r * c_row + v * LANES;
      sum[r][v] = is_part && v == vectors - 1 ? NAME(load_part)(from, lanes) : NAME(load)(from);
    }
  }
}

TARGET INLINE void NAME(clear_sums)(const int rows, const int vectors, NAME(sums) sum) {
#pragma unroll
  for (int r = 0; r < rows; r++) {
#pragma unroll
    for (int v = 0; v < vectors; v++) sum[r][v] = (NAME(vector)){0};
  }
}

TARGET INLINE void NAME(store_sums)(
    const int rows, const int vectors, const int is_part, int lanes, REAL *c, ptrdiff_t c_row,
    NAME(sums) sum) {
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

// sum[r, v] += Σ_p a[r, p] · b[p, v]. A b that `is_padded` has whole vectors in every row.
TARGET INLINE void NAME(add_products)(
    const int rows, const int vectors, const int is_part, const int is_padded, int lanes,
    ptrdiff_t depth, const REAL *a, ptrdiff_t a_row, ptrdiff_t a_column, const REAL *b,
    ptrdiff_t b_row, NAME(sums) sum) {
  // Three rows of a share a pointer, at offsets that an address can express: enough registers for
  // all of them. The compiler would rather keep one pointer and fourteen offsets.
  const char *trio[(MAX_ROWS + 2) / 3];
  ptrdiff_t stride = a_row * (ptrdiff_t)sizeof(REAL), step = a_column * (ptrdiff_t)sizeof(REAL);
#pragma unroll
  for (int g = 0; g < (rows + 2) / 3; g++) trio[g] = (const char *)a + 3 * g * stride;
#pragma clang loop unroll(disable)
  for (ptrdiff_t p = 0; p < depth; p++) {
    NAME(vector) row[MAX_VECTORS];
#pragma unroll
    for (int v = 0; v < vectors; v++) {
      row[v] = !is_padded && is_part && v == vectors - 1 ? NAME(load_part)(b + v * LANES, lanes)
                                                         : NAME(load)(b + v * LANES);
    }
#pragma unroll
    for (int r = 0; r < rows; r++) {
      NAME(vector) factor = *(const REAL *)(trio[r / 3] + r % 3 * stride) - (NAME(vector)){0};
#pragma unroll
      for (int v = 0; v < vectors; v++) sum[r][v] = factor * row[v] + sum[r][v];
    }
#pragma unroll
    for (int g = 0; g < (rows + 2) / 3; g++) {
      trio[g] += step;
      __asm__("" : "+r"(trio[g]));
    }
    b += b_row;
  }
}

#if BITS == 32
typedef float NAME(eight) __attribute__((vector_size(32)));

// panel[p, j] = b[j, p] for eight rows j and columns p of b, whose rows are `stride` apart.
TARGET INLINE void NAME(transpose_eight)(const float *b, ptrdiff_t stride, float *panel) {
  NAME(eight) r[8], t[8];
#pragma unroll
  for (int i = 0; i < 8; i++) memcpy(&r[i], b + i * stride, sizeof r[i]);
  // Pairs of rows, then fours, then eights are laid into one another.
#pragma unroll
  for (int i = 0; i < 8; i += 2) {
    t[i] = __builtin_shufflevector(r[i], r[i + 1], 0, 8, 1, 9, 4, 12, 5, 13);
    t[i + 1] = __builtin_shufflevector(r[i], r[i + 1], 2, 10, 3, 11, 6, 14, 7, 15);
  }
#pragma unroll
  for (int i = 0; i < 8; i += 4) {
    r[i] = __builtin_shufflevector(t[i], t[i + 2], 0, 1, 8, 9, 4, 5, 12, 13);
    r[i + 1] = __builtin_shufflevector(t[i], t[i + 2], 2, 3, 10, 11, 6, 7, 14, 15);
    r[i + 2] = __builtin_shufflevector(t[i + 1], t[i + 3], 0, 1, 8, 9, 4, 5, 12, 13);
    r[i + 3] = __builtin_shufflevector(t[i + 1], t[i + 3], 2, 3, 10, 11, 6, 7, 14, 15);
  }
#pragma unroll
  for (int i = 0; i < 4; i++) {
    t[i] = __builtin_shufflevector(r[i], r[i + 4], 0, 1, 2, 3, 8, 9, 10, 11);
    t[i + 4] = __builtin_shufflevector(r[i], r[i + 4], 4, 5, 6, 7, 12, 13, 14, 15);
  }
#pragma unroll
  for (int i = 0; i < 8; i++) memcpy(panel + i * PANEL_COLUMNS, &t[i], sizeof t[i]);
}
#endif

// Copies rows `depth` and columns `width` of op(b) into a panel of whole vectors, zeros behind.
TARGET static void NAME(pack)(
    const REAL *b, ptrdiff_t b_row, ptrdiff_t b_column, ptrdiff_t depth, ptrdiff_t width,
    REAL *panel) {
  if (width < PANEL_COLUMNS) memset(panel, 0, (size_t)(depth * PANEL_COLUMNS) * sizeof(REAL));
  if (b_column == 1) {
    for (ptrdiff_t p = 0; p < depth; p++) {
      if (width == PANEL_COLUMNS) {
        // The next panel's part of this row, which no stride would announce.
        __builtin_prefetch(b + p * b_row + PANEL_COLUMNS, 0, 2);
        __builtin_prefetch(b + p * b_row + 2 * PANEL_COLUMNS - 1, 0, 2);
        memcpy(panel + p * PANEL_COLUMNS, b + p * b_row, PANEL_COLUMNS * sizeof(REAL));
      } else {
        for (ptrdiff_t j = 0; j < width; j++) panel[p * PANEL_COLUMNS + j] = b[p * b_row + j];
      }
    }
    return;
  }
  ptrdiff_t whole_width = 0, whole_depth = 0;
#if BITS == 32
  if (b_row == 1) {
    whole_width = width / 8 * 8;
    whole_depth = depth / 8 * 8;
    for (ptrdiff_t j = 0; j < whole_width; j += 8) {
      for (ptrdiff_t p = 0; p < whole_depth; p += 8) {
        NAME(transpose_eight)(b + j * b_column + p, b_column, panel + p * PANEL_COLUMNS + j);
      }
    }
  }
#endif
  for (ptrdiff_t p = 0; p < depth; p++) {
    for (ptrdiff_t j = p < whole_depth ? whole_width : 0; j < width; j++) {
      panel[p * PANEL_COLUMNS + j] = b[p * b_row + j * b_column];
    }
  }
}
