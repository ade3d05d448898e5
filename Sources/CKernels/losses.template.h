#include "math.template.h"

// MARK: Losses of single elements

// Goes over rows `start` to `end`; `expression` is an element's loss and `derivative` its slope, in
// terms of p and t. Without row weights, or with one column, the rows are one long vector.
#define EACH(setup, expression, derivative)                                     \
  for (ptrdiff_t first = from; first < to; first += 1024) {                     \
    ptrdiff_t last = MIN(first + 1024, to);                                     \
    REAL sum = 0;                                                               \
    {                                                                           \
      ANY_ORDER                                                                 \
      INDEPENDENT for (ptrdiff_t i = first; i < last; i++) {                    \
        REAL p = ps[i], t = ts[i];                                              \
        setup;                                                                  \
        sum += (expression) * (weights ? weights[i] : 1);                       \
      }                                                                         \
    }                                                                           \
    if (gradient) {                                                             \
      INDEPENDENT for (ptrdiff_t i = first; i < last; i++) {                    \
        REAL p = ps[i], t = ts[i];                                              \
        setup;                                                                  \
        gradient[i] = (derivative) * (factor * (weights ? weights[i] : 1));     \
      }                                                                         \
    }                                                                           \
    total += (double)sum;                                                       \
  }                                                                             \
  break

enum { NAME(BINARY_CROSS_ENTROPY) = 100, NAME(BINARY_FOCAL) };

// The loss of a run of elements. `weights`, one per element, may be null.
INLINE double NAME(run)(
    const struct loss *loss, int kind, ptrdiff_t from, ptrdiff_t to, const REAL *weights,
    REAL factor) {
  const REAL *ps = loss->p, *ts = loss->t;
  REAL *gradient = loss->gradient;
  REAL parameter = (REAL)loss->parameter, other = (REAL)loss->other;
  double total = 0;
  switch (kind) {
    case NNK_SQUARED: EACH(REAL e = p - t, e * e, 2 * e);
    case NNK_ABSOLUTE:
      EACH(REAL e = p - t, NAME(magnitude_of)(e), (e > 0 ? (REAL)1 : e < 0 ? (REAL)-1 : 0 * e));
    case NNK_HUBER:
      EACH(
          REAL e = p - t; REAL m = NAME(magnitude_of)(e),
          (m <= parameter ? (REAL)0.5 * e * e : parameter * (m - (REAL)0.5 * parameter)),
          (m <= parameter ? e : e > 0 ? parameter : e < 0 ? -parameter : e));
    case NNK_SMOOTH_L1:
      EACH(
          REAL e = p - t; REAL m = NAME(magnitude_of)(e),
          (m < parameter ? (REAL)0.5 * e * e / parameter : m - (REAL)0.5 * parameter),
          (m < parameter ? e / parameter : e > 0 ? (REAL)1 : e < 0 ? (REAL)-1 : 0 * e));
    case NAME(BINARY_CROSS_ENTROPY):
      EACH(
          REAL w = 1 + (parameter - 1) * t,
          (1 - t) * p + w * NAME(softplus_of)(-p),
          (1 - t) - w * NAME(sigmoid_of)(-p));
    case NAME(BINARY_FOCAL):
      // q is the probability given to what is not so; dq/dp = s·r·(1 - 2t).
      EACH(
          REAL s = NAME(sigmoid_of)(p); REAL r = NAME(sigmoid_of)(-p);
          REAL q = s * (1 - t) + r * t; REAL safe = q > (REAL)1e-37 ? q : (REAL)1e-37;
          REAL power = NAME(exp_of)(parameter * NAME(log_of)(safe));
          REAL entropy = (1 - t) * p + NAME(softplus_of)(-p);
          REAL w = other >= 0 ? other * t + (1 - other) * (1 - t) : 1,
          w * entropy * power,
          w * power * ((s - t) + entropy * parameter * s * r * (1 - 2 * t) / safe));
  }
  return total;
}

INLINE double NAME(element_loss)(
    const struct loss *loss, int kind, ptrdiff_t start, ptrdiff_t end) {
  const REAL *weights = loss->row_weights;
  ptrdiff_t n = loss->columns;
  REAL factor = (REAL)loss->factor;
  if (!weights) return NAME(run)(loss, kind, start * n, end * n, NULL, factor);
  if (n == 1) return NAME(run)(loss, kind, start, end, weights, factor);
  double total = 0;
  for (ptrdiff_t r = start; r < end; r++) {
    double row = NAME(run)(loss, kind, r * n, (r + 1) * n, NULL, factor * weights[r]);
    total += row * (double)weights[r];
  }
  return total;
}

CLONES static double NAME(regression)(const void *arguments, ptrdiff_t start, ptrdiff_t end) {
  const struct loss *loss = arguments;
  switch (loss->kind) {
    case NNK_SQUARED: return NAME(element_loss)(loss, NNK_SQUARED, start, end);
    case NNK_ABSOLUTE: return NAME(element_loss)(loss, NNK_ABSOLUTE, start, end);
    case NNK_HUBER: return NAME(element_loss)(loss, NNK_HUBER, start, end);
    default: return NAME(element_loss)(loss, NNK_SMOOTH_L1, start, end);
  }
}

CLONES static double NAME(binary_cross_entropy)(
    const void *arguments, ptrdiff_t start, ptrdiff_t end) {
  return NAME(element_loss)(arguments, NAME(BINARY_CROSS_ENTROPY), start, end);
}

CLONES static double NAME(binary_focal)(const void *arguments, ptrdiff_t start, ptrdiff_t end) {
  return NAME(element_loss)(arguments, NAME(BINARY_FOCAL), start, end);
}

#undef EACH

// MARK: Losses over classes

#define CHUNK 2048

// One row's logits, less the largest, and the sum of their exponentials.
struct NAME(row) {
  REAL largest, sum;
};

// Largest logits and sums of exponentials of `rows` rows, at most CHUNK elements or one row. Where
// the rows fit, `exponentials` receives the exponentials of all of them.
INLINE void NAME(normalize_rows)(
    const REAL *x, ptrdiff_t rows, ptrdiff_t classes, REAL *exponentials, struct NAME(row) *out) {
  for (ptrdiff_t r = 0; r < rows; r++) {
    const REAL *row = x + r * classes;
    REAL largest = NAME(largest_of)(row, classes);
    out[r].largest = largest;
    if (classes <= CHUNK) {
      INDEPENDENT for (ptrdiff_t c = 0; c < classes; c++) {
        exponentials[r * classes + c] = row[c] - largest;
      }
    } else {
      ANY_ORDER
      REAL sum = 0;
      INDEPENDENT for (ptrdiff_t c = 0; c < classes; c++) sum += NAME(exp_of)(row[c] - largest);
      out[r].sum = sum;
    }
  }
  if (classes > CHUNK) return;
  // All rows at once, since a row may be shorter than a vector.
  INDEPENDENT for (ptrdiff_t i = 0; i < rows * classes; i++) {
    exponentials[i] = NAME(exp_of)(exponentials[i]);
  }
  for (ptrdiff_t r = 0; r < rows; r++) {
    ANY_ORDER
    REAL sum = 0;
    for (ptrdiff_t c = 0; c < classes; c++) sum += exponentials[r * classes + c];
    out[r].sum = sum;
  }
}

// gradient[c] = probability[c] · weight
INLINE void NAME(set_probabilities)(
    const REAL *x, const REAL *exponentials, struct NAME(row) row, ptrdiff_t classes, REAL weight,
    REAL *gradient) {
  REAL inverse = weight / row.sum;
  if (classes <= CHUNK) {
    INDEPENDENT for (ptrdiff_t c = 0; c < classes; c++) gradient[c] = exponentials[c] * inverse;
  } else {
    INDEPENDENT for (ptrdiff_t c = 0; c < classes; c++) {
      gradient[c] = NAME(exp_of)(x[c] - row.largest) * inverse;
    }
  }
}

CLONES static double NAME(cross_entropy)(const void *arguments, ptrdiff_t start, ptrdiff_t end) {
  const struct loss *loss = arguments;
  const REAL *class_weights = loss->class_weights, *row_weights = loss->row_weights;
  ptrdiff_t classes = loss->columns, rows_at_once = MAX(1, CHUNK / MAX(classes, 2));
  REAL factor = (REAL)loss->factor;
  REAL told = (REAL)(1 - loss->parameter), spread = (REAL)(loss->parameter / (double)classes);
  REAL exponentials[CHUNK];
  struct NAME(row) rows[CHUNK / 2];
  REAL weight_of_all = (REAL)classes;
  if (class_weights) {
    weight_of_all = 0;
    for (ptrdiff_t c = 0; c < classes; c++) weight_of_all += class_weights[c];
  }
  double total = 0;
  for (ptrdiff_t first = start; first < end; first += rows_at_once) {
    ptrdiff_t count = MIN(rows_at_once, end - first);
    const REAL *logits = (const REAL *)loss->p + first * classes;
    NAME(normalize_rows)(logits, count, classes, exponentials, rows);
    for (ptrdiff_t r = 0; r < count; r++) {
      const REAL *x = logits + r * classes;
      ptrdiff_t label = loss->labels[first + r];
      REAL log_of_sum = NAME(log_of)(rows[r].sum);
      REAL row_weight = row_weights ? row_weights[first + r] : 1;
      REAL weight = told * (class_weights ? class_weights[label] : 1);
      REAL row_loss = weight * (log_of_sum - (x[label] - rows[r].largest));
      if (spread != 0) {
        ANY_ORDER
        REAL sum = 0;
        for (ptrdiff_t c = 0; c < classes; c++) {
          REAL distance = log_of_sum - (x[c] - rows[r].largest);
          sum += class_weights ? class_weights[c] * distance : distance;
        }
        row_loss += spread * sum;
      }
      total += (double)(row_loss * row_weight);
      if (!loss->gradient) continue;
      REAL *gradient = (REAL *)loss->gradient + (first + r) * classes;
      REAL outer = factor * row_weight;
      NAME(set_probabilities)(
          x, exponentials + r * classes, rows[r], classes,
          outer * (weight + spread * weight_of_all), gradient);
      gradient[label] -= outer * weight;
      if (spread != 0) {
        INDEPENDENT for (ptrdiff_t c = 0; c < classes; c++) {
          gradient[c] -= outer * spread * (class_weights ? class_weights[c] : 1);
        }
      }
    }
  }
  return total;
}

static double NAME(cross_entropy_weight)(
    const int32_t *labels, const REAL *class_weights, const REAL *row_weights, ptrdiff_t rows) {
  double total = 0;
  for (ptrdiff_t r = 0; r < rows; r++) {
    double weight = class_weights ? (double)class_weights[labels[r]] : 1;
    total += row_weights ? weight * (double)row_weights[r] : weight;
  }
  return total;
}

// With L = log p and p the probability of the label: F = -w·(1 - p)^gamma·L and
// dF/dL = -w·(1 - p)^gamma·(1 - gamma·p·L / (1 - p)), where L / (1 - p) tends to -1 as p does to 1.
CLONES static double NAME(focal)(const void *arguments, ptrdiff_t start, ptrdiff_t end) {
  const struct loss *loss = arguments;
  const REAL *class_weights = loss->class_weights, *row_weights = loss->row_weights;
  ptrdiff_t classes = loss->columns, rows_at_once = MAX(1, CHUNK / MAX(classes, 2));
  REAL factor = (REAL)loss->factor, gamma = (REAL)loss->parameter;
  REAL exponentials[CHUNK];
  struct NAME(row) rows[CHUNK / 2];
  double total = 0;
  for (ptrdiff_t first = start; first < end; first += rows_at_once) {
    ptrdiff_t count = MIN(rows_at_once, end - first);
    const REAL *logits = (const REAL *)loss->p + first * classes;
    NAME(normalize_rows)(logits, count, classes, exponentials, rows);
    for (ptrdiff_t r = 0; r < count; r++) {
      const REAL *x = logits + r * classes;
      ptrdiff_t label = loss->labels[first + r];
      REAL log_p = (x[label] - rows[r].largest) - NAME(log_of)(rows[r].sum);
      REAL weight = (class_weights ? class_weights[label] : 1) *
                    (row_weights ? row_weights[first + r] : 1);
      REAL rest = -NAME(expm1_of)(log_p);
      rest = rest > 0 ? rest : 0;
      REAL power = gamma == 0 ? 1 : (REAL)pow((double)rest, (double)gamma);
      total += (double)(-weight * power * log_p);
      if (!loss->gradient) continue;
      REAL *gradient = (REAL *)loss->gradient + (first + r) * classes;
      REAL ratio = rest > 0 ? log_p / rest : -1;
      REAL slope = factor * weight * power * (1 - gamma * NAME(exp_of)(log_p) * ratio);
      NAME(set_probabilities)(x, exponentials + r * classes, rows[r], classes, slope, gradient);
      gradient[label] -= slope;
    }
  }
  return total;
}

#undef CHUNK
