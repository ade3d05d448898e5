CLONES static void NAME(scale_channels)(const void *arguments, ptrdiff_t start, ptrdiff_t end) {
  const struct channels *a = arguments;
  const REAL *scale = a->scale, *shift = a->shift;
  for (ptrdiff_t r = start; r < end; r++) {
    const REAL *x = (const REAL *)a->x + r * a->channels;
    REAL *y = (REAL *)a->out + r * a->channels;
    if (shift) {
      INDEPENDENT for (ptrdiff_t c = 0; c < a->channels; c++) y[c] = x[c] * scale[c] + shift[c];
    } else {
      INDEPENDENT for (ptrdiff_t c = 0; c < a->channels; c++) y[c] = x[c] * scale[c];
    }
  }
}

// MARK: PReLU

CLONES static void NAME(prelu)(const void *arguments, ptrdiff_t start, ptrdiff_t end) {
  const struct channels *a = arguments;
  const REAL *slope = a->scale;
  for (ptrdiff_t r = start; r < end; r++) {
    const REAL *x = (const REAL *)a->x + r * a->channels;
    REAL *y = (REAL *)a->out + r * a->channels;
    INDEPENDENT for (ptrdiff_t c = 0; c < a->channels; c++) {
      y[c] = x[c] > 0 ? x[c] : slope[c] * x[c];
    }
  }
}

CLONES static void NAME(prelu_input)(const void *arguments, ptrdiff_t start, ptrdiff_t end) {
  const struct channels *a = arguments;
  const REAL *slope = a->scale;
  for (ptrdiff_t r = start; r < end; r++) {
    const REAL *x = (const REAL *)a->x + r * a->channels, *dy = (const REAL *)a->dy + r * a->channels;
    REAL *dx = (REAL *)a->out + r * a->channels;
    INDEPENDENT for (ptrdiff_t c = 0; c < a->channels; c++) {
      dx[c] = x[c] > 0 ? dy[c] : slope[c] * dy[c];
    }
  }
}

CLONES static void NAME(prelu_slopes)(const void *arguments, ptrdiff_t start, ptrdiff_t end) {
  const struct channels *a = arguments;
  REAL *slopes = a->dscale;
  for (ptrdiff_t c = start; c < end; c++) slopes[c] = 0;
  for (ptrdiff_t r = 0; r < a->rows; r++) {
    const REAL *x = (const REAL *)a->x + r * a->channels, *dy = (const REAL *)a->dy + r * a->channels;
    INDEPENDENT for (ptrdiff_t c = start; c < end; c++) slopes[c] += x[c] > 0 ? 0 : x[c] * dy[c];
  }
}

// MARK: Group normalisation

CLONES static void NAME(group_normalize)(const void *arguments, ptrdiff_t start, ptrdiff_t end) {
  const struct channels *a = arguments;
  const REAL *scale = a->scale, *shift = a->shift;
  ptrdiff_t width = a->channels / a->groups;
  for (ptrdiff_t part = start * a->groups; part < end * a->groups; part++) {
    ptrdiff_t first = part / a->groups * a->positions * a->channels + part % a->groups * width;
    const REAL *x = (const REAL *)a->x + first;
    REAL *y = (REAL *)a->out + first;
    double count = (double)(a->positions * width), sum = 0, squares = 0;
    // Distances from the first element: a mean far from zero then costs no digits.
    REAL base = x[0];
    for (ptrdiff_t p = 0; p < a->positions; p++) {
      ANY_ORDER
      REAL run = 0;
      for (ptrdiff_t c = 0; c < width; c++) run += x[p * a->channels + c] - base;
      sum += (double)run;
    }
    REAL mean = (REAL)((double)base + sum / count);
    for (ptrdiff_t p = 0; p < a->positions; p++) {
      ANY_ORDER
      REAL run = 0;
      for (ptrdiff_t c = 0; c < width; c++) {
        REAL d = x[p * a->channels + c] - mean;
        run += d * d;
      }
      squares += (double)run;
    }
    REAL inverse = (REAL)(1 / __builtin_elementwise_sqrt(squares / count + a->epsilon));
    ((REAL *)a->mean_out)[part] = mean;
    ((REAL *)a->inverse_out)[part] = inverse;
    const REAL *factor = scale ? scale + part % a->groups * width : NULL;
    const REAL *offset = shift ? shift + part % a->groups * width : NULL;
    for (ptrdiff_t p = 0; p < a->positions; p++) {
      const REAL *from = x + p * a->channels;
      REAL *to = y + p * a->channels;
      INDEPENDENT for (ptrdiff_t c = 0; c < width; c++) {
        to[c] = (from[c] - mean) * inverse * (factor ? factor[c] : 1) + (offset ? offset[c] : 0);
      }
    }
  }
}

// dscale = Σ dy · (x − mean) · inverse, dshift = Σ dy.
CLONES static void NAME(group_parameters)(const void *arguments, ptrdiff_t start, ptrdiff_t end) {
  const struct channels *a = arguments;
  REAL *dscale = a->dscale, *dshift = a->dshift;
  ptrdiff_t width = a->channels / a->groups;
  for (ptrdiff_t c = start; c < end; c++) {
    if (dscale) dscale[c] = 0;
    if (dshift) dshift[c] = 0;
  }
  for (ptrdiff_t example = 0; example < a->rows; example++) {
    const REAL *mean = (const REAL *)a->mean + example * a->groups;
    const REAL *inverse = (const REAL *)a->inverse + example * a->groups;
    for (ptrdiff_t p = 0; p < a->positions; p++) {
      ptrdiff_t at = (example * a->positions + p) * a->channels;
      const REAL *x = (const REAL *)a->x + at, *dy = (const REAL *)a->dy + at;
      for (ptrdiff_t c = start; c < end; c++) {
        ptrdiff_t group = c / width;
        if (dscale) dscale[c] += dy[c] * (x[c] - mean[group]) * inverse[group];
        if (dshift) dshift[c] += dy[c];
      }
    }
  }
}

CLONES static void NAME(group_input)(const void *arguments, ptrdiff_t start, ptrdiff_t end) {
  const struct channels *a = arguments;
  ptrdiff_t width = a->channels / a->groups;
  for (ptrdiff_t part = start * a->groups; part < end * a->groups; part++) {
    ptrdiff_t first = part / a->groups * a->positions * a->channels + part % a->groups * width;
    const REAL *x = (const REAL *)a->x + first, *dy = (const REAL *)a->dy + first;
    const REAL *factor = a->scale ? (const REAL *)a->scale + part % a->groups * width : NULL;
    REAL *dx = (REAL *)a->out + first;
    REAL mean = ((const REAL *)a->mean)[part], inverse = ((const REAL *)a->inverse)[part];
    double sum = 0, product = 0, count = (double)(a->positions * width);
    for (ptrdiff_t p = 0; p < a->positions; p++) {
      ANY_ORDER
      REAL run = 0, other = 0;
      for (ptrdiff_t c = 0; c < width; c++) {
        REAL d = dy[p * a->channels + c] * (factor ? factor[c] : 1);
        run += d;
        other += d * (x[p * a->channels + c] - mean) * inverse;
      }
      sum += (double)run;
      product += (double)other;
    }
    REAL average = (REAL)(sum / count), slope = (REAL)(product / count);
    for (ptrdiff_t p = 0; p < a->positions; p++) {
      ptrdiff_t at = p * a->channels;
      INDEPENDENT for (ptrdiff_t c = 0; c < width; c++) {
        REAL d = dy[at + c] * (factor ? factor[c] : 1);
        REAL normal = (x[at + c] - mean) * inverse;
        dx[at + c] = inverse * (d - average - normal * slope);
      }
    }
  }
}

// MARK: RMS normalisation

CLONES static void NAME(rms_normalize)(const void *arguments, ptrdiff_t start, ptrdiff_t end) {
  const struct channels *a = arguments;
  const REAL *scale = a->scale;
  for (ptrdiff_t r = start; r < end; r++) {
    const REAL *x = (const REAL *)a->x + r * a->channels;
    REAL *y = (REAL *)a->out + r * a->channels;
    REAL squares = 0;
    {
      ANY_ORDER
      for (ptrdiff_t c = 0; c < a->channels; c++) squares += x[c] * x[c];
    }
    double mean = (double)squares / (double)a->channels;
    REAL inverse = (REAL)(1 / __builtin_elementwise_sqrt(mean + a->epsilon));
    ((REAL *)a->inverse_out)[r] = inverse;
    INDEPENDENT for (ptrdiff_t c = 0; c < a->channels; c++) {
      y[c] = x[c] * inverse * (scale ? scale[c] : 1);
    }
  }
}

CLONES static void NAME(rms_parameters)(const void *arguments, ptrdiff_t start, ptrdiff_t end) {
  const struct channels *a = arguments;
  REAL *dscale = a->dscale;
  const REAL *inverse = a->inverse;
  for (ptrdiff_t c = start; c < end; c++) dscale[c] = 0;
  for (ptrdiff_t r = 0; r < a->rows; r++) {
    const REAL *x = (const REAL *)a->x + r * a->channels, *dy = (const REAL *)a->dy + r * a->channels;
    INDEPENDENT for (ptrdiff_t c = start; c < end; c++) dscale[c] += dy[c] * x[c] * inverse[r];
  }
}

CLONES static void NAME(rms_input)(const void *arguments, ptrdiff_t start, ptrdiff_t end) {
  const struct channels *a = arguments;
  const REAL *scale = a->scale;
  for (ptrdiff_t r = start; r < end; r++) {
    const REAL *x = (const REAL *)a->x + r * a->channels, *dy = (const REAL *)a->dy + r * a->channels;
    REAL *dx = (REAL *)a->out + r * a->channels;
    REAL inverse = ((const REAL *)a->inverse)[r], dot = 0;
    {
      ANY_ORDER
      for (ptrdiff_t c = 0; c < a->channels; c++) dot += dy[c] * (scale ? scale[c] : 1) * x[c];
    }
    REAL share = dot * inverse * inverse / (REAL)a->channels;
    INDEPENDENT for (ptrdiff_t c = 0; c < a->channels; c++) {
      dx[c] = inverse * (dy[c] * (scale ? scale[c] : 1) - x[c] * share);
    }
  }
}
