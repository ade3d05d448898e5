// y += x · kernel for the channels of one place and one tap.
INLINE void NAME(add_tap)(
    const REAL *x, const REAL *kernel, REAL *y, ptrdiff_t channels, ptrdiff_t multiplier) {
  if (multiplier == 1) {
    INDEPENDENT for (ptrdiff_t c = 0; c < channels; c++) y[c] += x[c] * kernel[c];
    return;
  }
  for (ptrdiff_t c = 0; c < channels; c++) {
    for (ptrdiff_t m = 0; m < multiplier; m++) {
      y[c * multiplier + m] += x[c] * kernel[c * multiplier + m];
    }
  }
}

// dx += dy · kernel likewise.
INLINE void NAME(add_tap_back)(
    const REAL *dy, const REAL *kernel, REAL *dx, ptrdiff_t channels, ptrdiff_t multiplier) {
  if (multiplier == 1) {
    INDEPENDENT for (ptrdiff_t c = 0; c < channels; c++) dx[c] += dy[c] * kernel[c];
    return;
  }
  for (ptrdiff_t c = 0; c < channels; c++) {
    for (ptrdiff_t m = 0; m < multiplier; m++) {
      dx[c] += dy[c * multiplier + m] * kernel[c * multiplier + m];
    }
  }
}

INLINE void NAME(begin)(const REAL *bias, REAL *y, ptrdiff_t channels) {
  if (bias) {
    memcpy(y, bias, (size_t)channels * sizeof(REAL));
  } else {
    memset(y, 0, (size_t)channels * sizeof(REAL));
  }
}

// Rows of the output.
CLONES static void NAME(convolve)(const void *arguments, ptrdiff_t start, ptrdiff_t end) {
  const struct depthwise *d = arguments;
  const nnk_window_axis *height = &d->window.height, *width = &d->window.width;
  ptrdiff_t inputs = d->window.input, outputs = d->window.output;
  ptrdiff_t row_size = width->input * inputs, step = width->dilation * inputs;
  for (ptrdiff_t index = start; index < end; index++) {
    const REAL *x = (const REAL *)d->source + index / height->output * height->input * row_size;
    REAL *y = (REAL *)d->target + index * width->output * outputs;
    struct span rows = span_at(height, index % height->output);
    for (ptrdiff_t place = 0; place < width->output; place++, y += outputs) {
      NAME(begin)(d->bias, y, outputs);
      struct span columns = span_at(width, place);
      for (ptrdiff_t i = rows.tap; i < rows.end; i++) {
        const REAL *from = x + (rows.first + (i - rows.tap) * height->dilation) * row_size +
                           columns.first * inputs;
        const REAL *kernel = (const REAL *)d->other + (i * width->taps + columns.tap) * outputs;
        for (ptrdiff_t j = columns.tap; j < columns.end; j++) {
          NAME(add_tap)(from, kernel, y, inputs, outputs / inputs);
          from += step;
          kernel += outputs;
        }
      }
    }
  }
}

// Rows of the input.
CLONES static void NAME(convolve_back)(const void *arguments, ptrdiff_t start, ptrdiff_t end) {
  const struct depthwise *d = arguments;
  const nnk_window_axis *height = &d->window.height, *width = &d->window.width;
  ptrdiff_t inputs = d->window.input, outputs = d->window.output;
  ptrdiff_t row_size = width->input * inputs, step = width->dilation * inputs;
  for (ptrdiff_t index = start; index < end; index++) {
    REAL *dx = (REAL *)d->target + index * row_size;
    for (ptrdiff_t cell = 0; cell < width->input; cell++) {
      NAME(begin)(d->bias, dx + cell * inputs, inputs);
    }
    ptrdiff_t example = index / height->input;
    for (ptrdiff_t i = 0; i < height->taps; i++) {
      // The row of the output whose tap i stands on this row of the input.
      ptrdiff_t distance = index % height->input + height->padding - i * height->dilation;
      ptrdiff_t row = distance / height->stride;
      if (distance < 0 || distance % height->stride != 0 || row >= height->output) continue;
      const REAL *dy =
          (const REAL *)d->source + (example * height->output + row) * width->output * outputs;
      for (ptrdiff_t place = 0; place < width->output; place++, dy += outputs) {
        struct span columns = span_at(width, place);
        const REAL *kernel = (const REAL *)d->other + (i * width->taps + columns.tap) * outputs;
        REAL *to = dx + columns.first * inputs;
        for (ptrdiff_t j = columns.tap; j < columns.end; j++) {
          NAME(add_tap_back)(dy, kernel, to, inputs, outputs / inputs);
          to += step;
          kernel += outputs;
        }
      }
    }
  }
}

// Blocks of channels of every tap. An example's sum is taken apart before it meets the total.
CLONES static void NAME(kernel_gradient)(
    const void *arguments, ptrdiff_t start, ptrdiff_t end) {
  const struct depthwise *d = arguments;
  const nnk_window_axis *height = &d->window.height, *width = &d->window.width;
  ptrdiff_t inputs = d->window.input, outputs = d->window.output;
  ptrdiff_t multiplier = outputs / inputs, step = width->stride * inputs;
  ptrdiff_t blocks = (outputs + CHANNEL_BLOCK - 1) / CHANNEL_BLOCK;
  for (ptrdiff_t index = start; index < end; index++) {
    ptrdiff_t tap = index / blocks, first = index % blocks * CHANNEL_BLOCK;
    ptrdiff_t count = MIN(CHANNEL_BLOCK, outputs - first);
    ptrdiff_t row_tap = tap / width->taps, column_tap = tap % width->taps;
    struct places rows = places_of(height, row_tap), columns = places_of(width, column_tap);
    REAL total[CHANNEL_BLOCK] = {0};
    for (ptrdiff_t example = 0; example < d->window.examples; example++) {
      REAL sum[CHANNEL_BLOCK] = {0};
      for (ptrdiff_t row = rows.first; row < rows.end; row++) {
        ptrdiff_t cell = (example * height->input + cell_of(height, row, row_tap)) * width->input +
                         cell_of(width, columns.first, column_tap);
        const REAL *x = (const REAL *)d->source + cell * inputs;
        const REAL *dy = (const REAL *)d->other + first +
                         ((example * height->output + row) * width->output + columns.first) *
                             outputs;
        for (ptrdiff_t place = columns.first; place < columns.end; place++) {
          if (multiplier == 1) {
            INDEPENDENT for (ptrdiff_t c = 0; c < count; c++) sum[c] += x[first + c] * dy[c];
          } else {
            for (ptrdiff_t c = 0; c < count; c++) {
              sum[c] += x[(first + c) / multiplier] * dy[c];
            }
          }
          x += step;
          dy += outputs;
        }
      }
      for (ptrdiff_t c = 0; c < count; c++) total[c] += sum[c];
    }
    memcpy(
        (REAL *)d->target + tap * outputs + first, total, (size_t)count * sizeof(REAL));
  }
}
