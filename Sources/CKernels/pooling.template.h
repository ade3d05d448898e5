// y = the largest x below the window; taps = the number of the tap where it is, the first of equals.
CLONES static void NAME(max_pool)(const void *arguments, ptrdiff_t start, ptrdiff_t end) {
  const struct pool *p = arguments;
  const nnk_window_axis *height = &p->window.height, *width = &p->window.width;
  ptrdiff_t channels = p->window.input, row_size = width->input * channels;
  for (ptrdiff_t index = start; index < end; index++) {
    const REAL *x = (const REAL *)p->source + index / height->output * height->input * row_size;
    REAL *y = (REAL *)p->target + index * width->output * channels;
    REAL *taps = p->taps ? (REAL *)p->taps + index * width->output * channels : NULL;
    struct span rows = span_at(height, index % height->output);
    for (ptrdiff_t place = 0; place < width->output; place++) {
      struct span columns = span_at(width, place);
      int is_first = 1;
      for (ptrdiff_t i = rows.tap; i < rows.end; i++) {
        const REAL *from =
            x + (rows.first + i - rows.tap) * row_size + columns.first * channels;
        for (ptrdiff_t j = columns.tap; j < columns.end; j++, from += channels) {
          REAL tap = (REAL)(i * width->taps + j);
          if (is_first) {
            memcpy(y, from, (size_t)channels * sizeof(REAL));
            if (taps) {
              for (ptrdiff_t c = 0; c < channels; c++) taps[c] = tap;
            }
            is_first = 0;
          } else if (taps) {
            INDEPENDENT for (ptrdiff_t c = 0; c < channels; c++) {
              int is_larger = (from[c] > y[c]) | ((from[c] != from[c]) & (y[c] == y[c]));
              y[c] = is_larger ? from[c] : y[c];
              taps[c] = is_larger ? tap : taps[c];
            }
          } else {
            INDEPENDENT for (ptrdiff_t c = 0; c < channels; c++) {
              int is_larger = (from[c] > y[c]) | (from[c] != from[c]);
              y[c] = is_larger ? from[c] : y[c];
            }
          }
        }
      }
      y += channels;
      if (taps) taps += channels;
    }
  }
}

CLONES static void NAME(max_pool_gradient)(
    const void *arguments, ptrdiff_t start, ptrdiff_t end) {
  const struct pool *p = arguments;
  const nnk_window_axis *height = &p->window.height, *width = &p->window.width;
  ptrdiff_t channels = p->window.input, row_size = width->input * channels;
  for (ptrdiff_t index = start; index < end; index++) {
    REAL *dx = (REAL *)p->target + index * row_size;
    memset(dx, 0, (size_t)row_size * sizeof(REAL));
    ptrdiff_t cell = index % height->input, example = index / height->input;
    struct places reach = places_over(height, cell);
    for (ptrdiff_t row = reach.first; row < reach.end; row++) {
      ptrdiff_t first = (example * height->output + row) * width->output * channels;
      const REAL *dy = (const REAL *)p->source + first, *taps = (const REAL *)p->taps + first;
      ptrdiff_t row_tap = (cell - row * height->stride + height->padding) * width->taps;
      for (ptrdiff_t place = 0; place < width->output; place++) {
        struct span columns = span_at(width, place);
        REAL *to = dx + columns.first * channels;
        for (ptrdiff_t j = columns.tap; j < columns.end; j++, to += channels) {
          REAL tap = (REAL)(row_tap + j);
          INDEPENDENT for (ptrdiff_t c = 0; c < channels; c++) {
            to[c] += taps[c] == tap ? dy[c] : 0;
          }
        }
        dy += channels;
        taps += channels;
      }
    }
  }
}

// y = the mean of x below the window.
CLONES static void NAME(average_pool)(const void *arguments, ptrdiff_t start, ptrdiff_t end) {
  const struct pool *p = arguments;
  const nnk_window_axis *height = &p->window.height, *width = &p->window.width;
  ptrdiff_t channels = p->window.input, row_size = width->input * channels;
  for (ptrdiff_t index = start; index < end; index++) {
    const REAL *x = (const REAL *)p->source + index / height->output * height->input * row_size;
    REAL *y = (REAL *)p->target + index * width->output * channels;
    struct span rows = span_at(height, index % height->output);
    for (ptrdiff_t place = 0; place < width->output; place++, y += channels) {
      struct span columns = span_at(width, place);
      memset(y, 0, (size_t)channels * sizeof(REAL));
      for (ptrdiff_t i = rows.tap; i < rows.end; i++) {
        const REAL *from =
            x + (rows.first + i - rows.tap) * row_size + columns.first * channels;
        for (ptrdiff_t j = columns.tap; j < columns.end; j++, from += channels) {
          INDEPENDENT for (ptrdiff_t c = 0; c < channels; c++) y[c] += from[c];
        }
      }
      ptrdiff_t count = p->counts_padding
                            ? height->taps * width->taps
                            : (rows.end - rows.tap) * (columns.end - columns.tap);
      REAL factor = 1 / (REAL)count;
      for (ptrdiff_t c = 0; c < channels; c++) y[c] *= factor;
    }
  }
}

CLONES static void NAME(average_pool_gradient)(
    const void *arguments, ptrdiff_t start, ptrdiff_t end) {
  const struct pool *p = arguments;
  const nnk_window_axis *height = &p->window.height, *width = &p->window.width;
  ptrdiff_t channels = p->window.input, row_size = width->input * channels;
  for (ptrdiff_t index = start; index < end; index++) {
    REAL *dx = (REAL *)p->target + index * row_size;
    memset(dx, 0, (size_t)row_size * sizeof(REAL));
    struct places reach = places_over(height, index % height->input);
    for (ptrdiff_t row = reach.first; row < reach.end; row++) {
      const REAL *dy = (const REAL *)p->source +
                       (index / height->input * height->output + row) * width->output * channels;
      struct span rows = span_at(height, row);
      for (ptrdiff_t place = 0; place < width->output; place++, dy += channels) {
        struct span columns = span_at(width, place);
        ptrdiff_t count = p->counts_padding
                              ? height->taps * width->taps
                              : (rows.end - rows.tap) * (columns.end - columns.tap);
        REAL factor = 1 / (REAL)count, *to = dx + columns.first * channels;
        for (ptrdiff_t j = columns.tap; j < columns.end; j++, to += channels) {
          INDEPENDENT for (ptrdiff_t c = 0; c < channels; c++) to[c] += dy[c] * factor;
        }
      }
    }
  }
}

// y = the four cells around a place, each by how near it is along both axes.
CLONES static void NAME(upsample)(const void *arguments, ptrdiff_t start, ptrdiff_t end) {
  const struct pool *p = arguments;
  const nnk_window_axis *height = &p->window.height, *width = &p->window.width;
  ptrdiff_t channels = p->window.input, row_size = width->input * channels;
  for (ptrdiff_t index = start; index < end; index++) {
    const REAL *x = (const REAL *)p->source + index / height->output * height->input * row_size;
    REAL *y = (REAL *)p->target + index * width->output * channels;
    struct between rows = between_at(height, index % height->output);
    REAL down = (REAL)rows.share, up = 1 - down;
    const REAL *above = x + rows.low * row_size, *below = x + rows.high * row_size;
    for (ptrdiff_t place = 0; place < width->output; place++, y += channels) {
      struct between columns = between_at(width, place);
      REAL right = (REAL)columns.share, left = 1 - right;
      ptrdiff_t l = columns.low * channels, r = columns.high * channels;
      INDEPENDENT for (ptrdiff_t c = 0; c < channels; c++) {
        y[c] = up * (left * above[l + c] + right * above[r + c]) +
               down * (left * below[l + c] + right * below[r + c]);
      }
    }
  }
}

CLONES static void NAME(upsample_gradient)(
    const void *arguments, ptrdiff_t start, ptrdiff_t end) {
  const struct pool *p = arguments;
  const nnk_window_axis *height = &p->window.height, *width = &p->window.width;
  ptrdiff_t channels = p->window.input, row_size = width->input * channels;
  for (ptrdiff_t index = start; index < end; index++) {
    REAL *dx = (REAL *)p->target + index * row_size;
    memset(dx, 0, (size_t)row_size * sizeof(REAL));
    ptrdiff_t cell = index % height->input;
    struct places reach = upsampled_reach(height, cell);
    for (ptrdiff_t row = reach.first; row < reach.end; row++) {
      struct between rows = between_at(height, row);
      // Both cells are the same at the edges.
      REAL share = (REAL)((rows.low == cell ? 1 - rows.share : 0) +
                          (rows.high == cell ? rows.share : 0));
      if (share == 0) continue;
      const REAL *dy = (const REAL *)p->source +
                       (index / height->input * height->output + row) * width->output * channels;
      for (ptrdiff_t place = 0; place < width->output; place++, dy += channels) {
        struct between columns = between_at(width, place);
        REAL right = (REAL)columns.share * share, left = share - right;
        REAL *l = dx + columns.low * channels, *r = dx + columns.high * channels;
        for (ptrdiff_t c = 0; c < channels; c++) l[c] += left * dy[c];
        for (ptrdiff_t c = 0; c < channels; c++) r[c] += right * dy[c];
      }
    }
  }
}
