#include "math.template.h"

// Into 0 to a limit; NaN stays.
INLINE REAL NAME(clipped)(REAL x, REAL limit) {
  REAL v = x < 0 ? 0 : x;
  return v > limit ? limit : v;
}

INLINE REAL NAME(mish_slope)(REAL x) {
  REAL t = NAME(tanh_of)(NAME(softplus_of)(x));
  return t + x * (1 - t * t) * NAME(sigmoid_of)(x);
}

// Each function is one loop, so that the choice is made once and not for every element.
#define EACH(expression)                         \
  INDEPENDENT for (ptrdiff_t i = start; i < end; i++) { \
    REAL v = x[i];                               \
    y[i] = (expression);                         \
  }                                              \
  break

CLONES static void NAME(activate)(const void *arguments, ptrdiff_t start, ptrdiff_t end) {
  const struct activation *a = arguments;
  const REAL *x = a->x;
  REAL *y = a->out;
  REAL slope = (REAL)a->slope;
  switch (a->function) {
    case NNK_IDENTITY: if (x != y) memcpy(y + start, x + start, (size_t)(end - start) * sizeof(REAL)); break;
    case NNK_SIGMOID: EACH(NAME(sigmoid_of)(v));
    case NNK_TANH: EACH(NAME(tanh_of)(v));
    // Written so that NaN stays NaN.
    case NNK_RELU: EACH(v < 0 ? 0 : v);
    case NNK_LEAKY_RELU: EACH(v < 0 ? v * slope : v);
    case NNK_ELU: EACH(v < 0 ? slope * NAME(expm1_of)(v) : v);
    case NNK_SELU:
      EACH((REAL)SELU_SCALE * (v < 0 ? (REAL)SELU_ALPHA * NAME(expm1_of)(v) : v));
    case NNK_SILU: EACH(v / (1 + NAME(exp_of)(-v)));
    case NNK_GELU: EACH(v * NAME(normal_of)(v));
    case NNK_GELU_TANH:
      EACH((REAL)0.5 * v *
           (1 + NAME(tanh_of)((REAL)GELU_ROOT * (v + (REAL)GELU_CUBIC * v * v * v))));
    case NNK_SOFTPLUS: EACH(NAME(softplus_of)(v));
    case NNK_HARD_SIGMOID: EACH(NAME(clipped)(v * slope + (REAL)0.5, 1));
    case NNK_HARD_SWISH: EACH(v * NAME(clipped)(v + 3, 6) / 6);
    case NNK_RELU6: EACH(NAME(clipped)(v, 6));
    case NNK_SOFTSIGN: EACH(v / (1 + NAME(magnitude_of)(v)));
    case NNK_EXPONENTIAL: EACH(NAME(exp_of)(v));
    case NNK_MISH: EACH(v * NAME(tanh_of)(NAME(softplus_of)(v)));
  }
}

#undef EACH
#define EACH(derivative)                         \
  INDEPENDENT for (ptrdiff_t i = start; i < end; i++) { dx[i] = dy[i] * (derivative); } \
  break

INLINE REAL NAME(silu_slope)(REAL x) {
  REAL s = NAME(sigmoid_of)(x);
  return s * (1 + x * (1 - s));
}

INLINE REAL NAME(gelu_slope)(REAL x) {
  REAL density = (REAL)NORMAL_DENSITY_AT_0 * NAME(exp_of)((REAL)-0.5 * x * x);
  return NAME(normal_of)(x) + x * density;
}

INLINE REAL NAME(gelu_tanh_slope)(REAL x) {
  REAL t = NAME(tanh_of)((REAL)GELU_ROOT * (x + (REAL)GELU_CUBIC * x * x * x));
  REAL inner = (REAL)GELU_ROOT * (1 + (REAL)(3 * GELU_CUBIC) * x * x);
  return (REAL)0.5 * (1 + t) + (REAL)0.5 * x * (1 - t * t) * inner;
}

CLONES static void NAME(activation_gradient)(
    const void *arguments, ptrdiff_t start, ptrdiff_t end) {
  const struct activation *a = arguments;
  const REAL *x = a->x, *y = a->y, *dy = a->dy;
  REAL *dx = a->out;
  REAL slope = (REAL)a->slope;
  switch (a->function) {
    case NNK_IDENTITY:
      if (dx != dy) memcpy(dx + start, dy + start, (size_t)(end - start) * sizeof(REAL));
      break;
    case NNK_SIGMOID: EACH(y[i] * (1 - y[i]));
    case NNK_TANH: EACH(1 - y[i] * y[i]);
    case NNK_RELU: EACH(y[i] > 0 ? (REAL)1 : 0);
    case NNK_LEAKY_RELU: EACH(y[i] > 0 ? 1 : slope);
    // Below 0 the derivative alpha·exp(x) is y + alpha.
    case NNK_ELU: EACH(y[i] > 0 ? 1 : y[i] + slope);
    case NNK_SELU:
      EACH(y[i] > 0 ? (REAL)SELU_SCALE : y[i] + (REAL)(SELU_SCALE * SELU_ALPHA));
    case NNK_SILU: EACH(NAME(silu_slope)(x[i]));
    case NNK_GELU: EACH(NAME(gelu_slope)(x[i]));
    case NNK_GELU_TANH: EACH(NAME(gelu_tanh_slope)(x[i]));
    case NNK_SOFTPLUS: EACH(NAME(sigmoid_of)(x[i]));
    case NNK_HARD_SIGMOID: EACH(y[i] > 0 && y[i] < 1 ? slope : 0);
    case NNK_HARD_SWISH:
      EACH(x[i] <= -3 ? 0 : x[i] >= 3 ? 1 : (2 * x[i] + 3) / 6);
    case NNK_RELU6: EACH(y[i] > 0 && y[i] < 6 ? (REAL)1 : 0);
    // 1 / (1 + |x|)² is (1 − |y|)².
    case NNK_SOFTSIGN: EACH((1 - NAME(magnitude_of)(y[i])) * (1 - NAME(magnitude_of)(y[i])));
    case NNK_EXPONENTIAL: EACH(y[i]);
    case NNK_MISH: EACH(NAME(mish_slope)(x[i]));
  }
}

#undef EACH

// Subtracts each row's largest element, takes exponentials of the whole range at once (rows may
// be shorter than a vector), then divides by each row's sum.
CLONES static void NAME(softmax)(const void *arguments, ptrdiff_t start, ptrdiff_t end) {
  const struct softmax *a = arguments;
  ptrdiff_t columns = a->columns;
  if (columns == 0) return;
  ptrdiff_t rows_at_once = MAX(1, 2048 / columns);
  for (ptrdiff_t first = start; first < end; first += rows_at_once) {
    ptrdiff_t rows = MIN(rows_at_once, end - first);
    const REAL *x = (const REAL *)a->y + first * columns;
    REAL *y = (REAL *)a->out + first * columns;
    for (ptrdiff_t r = 0; r < rows; r++) {
      REAL largest = NAME(largest_of)(x + r * columns, columns);
      INDEPENDENT for (ptrdiff_t c = 0; c < columns; c++) {
        y[r * columns + c] = x[r * columns + c] - largest;
      }
    }
    INDEPENDENT for (ptrdiff_t i = 0; i < rows * columns; i++) y[i] = NAME(exp_of)(y[i]);
    for (ptrdiff_t r = 0; r < rows; r++) {
      ANY_ORDER
      REAL sum = 0;
      for (ptrdiff_t c = 0; c < columns; c++) sum += y[r * columns + c];
      REAL inverse = 1 / sum;
      INDEPENDENT for (ptrdiff_t c = 0; c < columns; c++) y[r * columns + c] *= inverse;
    }
  }
}

// dx = y·(dy - Σ y·dy)
CLONES static void NAME(softmax_gradient)(
    const void *arguments, ptrdiff_t start, ptrdiff_t end) {
  const struct softmax *a = arguments;
  ptrdiff_t columns = a->columns;
  for (ptrdiff_t r = start; r < end; r++) {
    const REAL *y = (const REAL *)a->y + r * columns, *dy = (const REAL *)a->dy + r * columns;
    REAL *dx = (REAL *)a->out + r * columns;
    REAL dot = 0;
    {
      ANY_ORDER
      for (ptrdiff_t c = 0; c < columns; c++) dot += y[c] * dy[c];
    }
    INDEPENDENT for (ptrdiff_t c = 0; c < columns; c++) dx[c] = y[c] * (dy[c] - dot);
  }
}
