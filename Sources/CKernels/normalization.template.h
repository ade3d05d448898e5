#include "math.template.h"

// Columns are worked on in strips, so that a strip's rows stay in the nearest caches from one pass
// to the next. Sums run over 64 rows before they meet the total: the order of additions depends on
// nothing but the row number.
#define STRIP 64
#define RUN 64

// Adds `expression` of x[r, c] over all rows to total[c].
#define ADD_ROWS(expression, sum, total)                                         \
  for (ptrdiff_t row = 0; row < n->rows; row += RUN) {                           \
    REAL sum[STRIP] = {0};                                                       \
    for (ptrdiff_t r = row; r < MIN(row + RUN, n->rows); r++) {                  \
      ptrdiff_t at = r * n->columns + first;                                     \
      INDEPENDENT for (ptrdiff_t c = 0; c < width; c++) sum[c] += (expression);  \
    }                                                                            \
    for (ptrdiff_t c = 0; c < width; c++) total[c] += sum[c];                    \
  }

INLINE void NAME(normalize_strip)(const struct normalization *n, ptrdiff_t first, ptrdiff_t width) {
  const REAL *x = n->x, *scale = n->scale, *shift = n->shift;
  REAL *y = n->out, *mean_out = n->mean, *inverse_out = n->inverse;
  REAL mean[STRIP] = {0}, squares[STRIP] = {0}, factor[STRIP], offset[STRIP], base[STRIP];
  REAL count = (REAL)n->rows;
  // Distances from the first row are added up: a mean far from zero then costs no digits.
  for (ptrdiff_t c = 0; c < width; c++) base[c] = x[first + c];
  ADD_ROWS(x[at + c] - base[c], sum, mean)
  for (ptrdiff_t c = 0; c < width; c++) mean[c] = base[c] + mean[c] / count;
  ADD_ROWS((x[at + c] - mean[c]) * (x[at + c] - mean[c]), sum, squares)
  for (ptrdiff_t c = 0; c < width; c++) {
    REAL variance = squares[c] / count;
    REAL inverse = (REAL)(1 / __builtin_elementwise_sqrt((double)variance + n->epsilon));
    mean_out[first + c] = mean[c];
    inverse_out[first + c] = inverse;
    factor[c] = scale ? inverse * scale[first + c] : inverse;
    offset[c] = shift ? shift[first + c] : 0;
  }
  for (ptrdiff_t r = 0; r < n->rows; r++) {
    ptrdiff_t at = r * n->columns + first;
    INDEPENDENT for (ptrdiff_t c = 0; c < width; c++) {
      y[at + c] = (x[at + c] - mean[c]) * factor[c] + offset[c];
    }
  }
}

CLONES static void NAME(batch_normalize)(const void *arguments, ptrdiff_t start, ptrdiff_t end) {
  const struct normalization *n = arguments;
  for (ptrdiff_t first = start; first < end; first += STRIP) {
    ptrdiff_t width = MIN(STRIP, end - first);
    // A whole strip has a constant width, which the compiler unrolls into registers.
    if (width == STRIP) {
      NAME(normalize_strip)(n, first, STRIP);
    } else {
      NAME(normalize_strip)(n, first, width);
    }
  }
}

CLONES static void NAME(normalize)(const void *arguments, ptrdiff_t start, ptrdiff_t end) {
  const struct normalization *n = arguments;
  const REAL *scale = n->scale, *shift = n->shift, *mean = n->mean_in, *variance = n->inverse_in;
  for (ptrdiff_t first = 0; first < n->columns; first += STRIP) {
    ptrdiff_t width = MIN(STRIP, n->columns - first);
    REAL factor[STRIP], offset[STRIP], centre[STRIP];
    for (ptrdiff_t c = 0; c < width; c++) {
      double inverse = 1 / __builtin_elementwise_sqrt((double)variance[first + c] + n->epsilon);
      factor[c] = (REAL)inverse * (scale ? scale[first + c] : 1);
      offset[c] = shift ? shift[first + c] : 0;
      centre[c] = mean[first + c];
    }
    for (ptrdiff_t r = start; r < end; r++) {
      const REAL *x = (const REAL *)n->x + r * n->columns + first;
      REAL *y = (REAL *)n->out + r * n->columns + first;
      INDEPENDENT for (ptrdiff_t c = 0; c < width; c++) {
        y[c] = (x[c] - centre[c]) * factor[c] + offset[c];
      }
    }
  }
}

static void NAME(update_running)(
    const REAL *mean, const REAL *inverse, double epsilon, double momentum, double correction,
    REAL *running_mean, REAL *running_variance, ptrdiff_t columns) {
  for (ptrdiff_t c = 0; c < columns; c++) {
    double variance = 1 / ((double)inverse[c] * (double)inverse[c]) - epsilon;
    variance = MAX(variance, 0) * correction;
    running_mean[c] = (REAL)(momentum * (double)running_mean[c] + (1 - momentum) * (double)mean[c]);
    running_variance[c] =
        (REAL)(momentum * (double)running_variance[c] + (1 - momentum) * variance);
  }
}

// With h = (x - mean)·inverse: dshift = Σ dy, dscale = Σ dy·h, both over rows, and
// dx = scale·inverse·(dy - dshift/rows - h·dscale/rows).
INLINE void NAME(gradient_strip)(const struct normalization *n, ptrdiff_t first, ptrdiff_t width) {
  const REAL *x = n->x, *dy = n->dy, *scale = n->scale;
  const REAL *all_means = n->mean_in, *all_inverses = n->inverse_in;
  REAL *dscale_out = n->dscale, *dshift_out = n->dshift, *dx = n->out;
  REAL mean[STRIP], inverse[STRIP], dshift[STRIP] = {0}, dscale[STRIP] = {0};
  for (ptrdiff_t c = 0; c < width; c++) {
    mean[c] = all_means[first + c];
    inverse[c] = all_inverses[first + c];
  }
  for (ptrdiff_t row = 0; row < n->rows; row += RUN) {
    REAL shift_sum[STRIP] = {0}, scale_sum[STRIP] = {0};
    for (ptrdiff_t r = row; r < MIN(row + RUN, n->rows); r++) {
      ptrdiff_t at = r * n->columns + first;
      INDEPENDENT for (ptrdiff_t c = 0; c < width; c++) {
        shift_sum[c] += dy[at + c];
        scale_sum[c] += dy[at + c] * (x[at + c] - mean[c]);
      }
    }
    for (ptrdiff_t c = 0; c < width; c++) {
      dshift[c] += shift_sum[c];
      dscale[c] += scale_sum[c];
    }
  }
  for (ptrdiff_t c = 0; c < width; c++) {
    dscale[c] *= inverse[c];
    if (dshift_out) dshift_out[first + c] = dshift[c];
    if (dscale_out) dscale_out[first + c] = dscale[c];
  }
  if (!dx) return;
  REAL factor[STRIP], share[STRIP], tilt[STRIP];
  for (ptrdiff_t c = 0; c < width; c++) {
    factor[c] = scale ? inverse[c] * scale[first + c] : inverse[c];
    share[c] = dshift[c] / (REAL)n->rows;
    tilt[c] = inverse[c] * dscale[c] / (REAL)n->rows;
  }
  for (ptrdiff_t r = 0; r < n->rows; r++) {
    ptrdiff_t at = r * n->columns + first;
    INDEPENDENT for (ptrdiff_t c = 0; c < width; c++) {
      dx[at + c] = factor[c] * (dy[at + c] - share[c] - (x[at + c] - mean[c]) * tilt[c]);
    }
  }
}

CLONES static void NAME(batch_normalize_gradient)(
    const void *arguments, ptrdiff_t start, ptrdiff_t end) {
  const struct normalization *n = arguments;
  for (ptrdiff_t first = start; first < end; first += STRIP) {
    ptrdiff_t width = MIN(STRIP, end - first);
    if (width == STRIP) {
      NAME(gradient_strip)(n, first, STRIP);
    } else {
      NAME(gradient_strip)(n, first, width);
    }
  }
}

// MARK: Layer normalization

CLONES static void NAME(layer_normalize)(const void *arguments, ptrdiff_t start, ptrdiff_t end) {
  const struct normalization *n = arguments;
  const REAL *scale = n->scale, *shift = n->shift;
  REAL *mean_out = n->mean, *inverse_out = n->inverse;
  ptrdiff_t columns = n->columns;
  for (ptrdiff_t r = start; r < end; r++) {
    const REAL *x = (const REAL *)n->x + r * columns;
    REAL *y = (REAL *)n->out + r * columns;
    REAL sum = 0, squares = 0, base = x[0];
    for (ptrdiff_t c = 0; c < columns; c++) {
      // The distance first, and only the additions of distances in any order.
      REAL distance = x[c] - base;
      {
        ANY_ORDER
        sum += distance;
      }
    }
    REAL mean = base + sum / (REAL)columns;
    {
      ANY_ORDER
      for (ptrdiff_t c = 0; c < columns; c++) squares += (x[c] - mean) * (x[c] - mean);
    }
    double variance = (double)(squares / (REAL)columns);
    REAL inverse = (REAL)(1 / __builtin_elementwise_sqrt(variance + n->epsilon));
    mean_out[r] = mean;
    inverse_out[r] = inverse;
    INDEPENDENT for (ptrdiff_t c = 0; c < columns; c++) {
      REAL h = (x[c] - mean) * inverse;
      y[c] = h * (scale ? scale[c] : 1) + (shift ? shift[c] : 0);
    }
  }
}

CLONES static void NAME(layer_parameter_gradient)(
    const void *arguments, ptrdiff_t start, ptrdiff_t end) {
  const struct normalization *n = arguments;
  const REAL *x = n->x, *dy = n->dy, *mean = n->mean_in, *inverse = n->inverse_in;
  REAL *dscale_out = n->dscale, *dshift_out = n->dshift;
  for (ptrdiff_t first = start; first < end; first += STRIP) {
    ptrdiff_t width = MIN(STRIP, end - first);
    REAL dscale[STRIP] = {0}, dshift[STRIP] = {0};
    ADD_ROWS(dy[at + c], sum, dshift)
    ADD_ROWS(dy[at + c] * ((x[at + c] - mean[r]) * inverse[r]), sum, dscale)
    for (ptrdiff_t c = 0; c < width; c++) {
      if (dshift_out) dshift_out[first + c] = dshift[c];
      if (dscale_out) dscale_out[first + c] = dscale[c];
    }
  }
}

// With g = dy·scale: dx = inverse·(g - mean of g - h·mean of g·h), means over columns.
CLONES static void NAME(layer_input_gradient)(
    const void *arguments, ptrdiff_t start, ptrdiff_t end) {
  const struct normalization *n = arguments;
  const REAL *scale = n->scale, *means = n->mean_in, *inverses = n->inverse_in;
  ptrdiff_t columns = n->columns;
  for (ptrdiff_t r = start; r < end; r++) {
    const REAL *x = (const REAL *)n->x + r * columns, *dy = (const REAL *)n->dy + r * columns;
    REAL *dx = (REAL *)n->out + r * columns;
    REAL mean = means[r], inverse = inverses[r], sum = 0, dot = 0;
    {
      ANY_ORDER
      for (ptrdiff_t c = 0; c < columns; c++) {
        REAL g = scale ? dy[c] * scale[c] : dy[c];
        sum += g;
        dot += g * ((x[c] - mean) * inverse);
      }
    }
    REAL share = sum / (REAL)columns, tilt = dot / (REAL)columns;
    INDEPENDENT for (ptrdiff_t c = 0; c < columns; c++) {
      REAL g = scale ? dy[c] * scale[c] : dy[c];
      dx[c] = inverse * (g - share - (x[c] - mean) * inverse * tilt);
    }
  }
}

#undef STRIP
#undef RUN
#undef ADD_ROWS
