#include "math.template.h"

CLONES static void NAME(add)(const void *arguments, ptrdiff_t start, ptrdiff_t end) {
  const struct vectors *a = arguments;
  const REAL *x = a->x;
  REAL *y = a->y;
  INDEPENDENT for (ptrdiff_t i = start; i < end; i++) y[i] += x[i];
}

CLONES static void NAME(multiply_elements)(
    const void *arguments, ptrdiff_t start, ptrdiff_t end) {
  const struct products_of_elements *a = arguments;
  const REAL *x = a->x, *y = a->y;
  REAL *z = a->z;
  INDEPENDENT for (ptrdiff_t i = start; i < end; i++) z[i] = x[i] * y[i];
}

CLONES static void NAME(scale)(const void *arguments, ptrdiff_t start, ptrdiff_t end) {
  const struct vectors *a = arguments;
  REAL *y = a->y, factor = (REAL)a->a;
  for (ptrdiff_t i = start; i < end; i++) y[i] *= factor;
}

CLONES static void NAME(clamp)(const void *arguments, ptrdiff_t start, ptrdiff_t end) {
  const struct vectors *a = arguments;
  REAL *y = a->y, limit = (REAL)a->a;
  for (ptrdiff_t i = start; i < end; i++) {
    REAL v = y[i] > limit ? limit : y[i];
    y[i] = v < -limit ? -limit : v;
  }
}

CLONES static void NAME(fill)(const void *arguments, ptrdiff_t start, ptrdiff_t end) {
  const struct vectors *a = arguments;
  REAL *y = a->y, value = (REAL)a->a;
  for (ptrdiff_t i = start; i < end; i++) y[i] = value;
}

CLONES static void NAME(add_penalty)(const void *arguments, ptrdiff_t start, ptrdiff_t end) {
  const struct vectors *a = arguments;
  const REAL *p = a->x;
  REAL *g = a->y, l1 = (REAL)a->a, l2 = (REAL)a->b;
  INDEPENDENT for (ptrdiff_t i = start; i < end; i++) {
    REAL sign = p[i] > 0 ? (REAL)1 : p[i] < 0 ? (REAL)-1 : 0;
    g[i] += l1 * sign + l2 * p[i];
  }
}

#define BLOCK 1024

// In double throughout: the square of a large float is not a float.
CLONES static double NAME(sum_of_squares)(
    const void *arguments, ptrdiff_t start, ptrdiff_t end) {
  ANY_ORDER
  const struct vectors *a = arguments;
  const REAL *x = a->x;
  double sum = 0;
  for (ptrdiff_t i = start; i < end; i++) sum += (double)x[i] * (double)x[i];
  return sum;
}

CLONES static double NAME(sum_of_magnitudes)(
    const void *arguments, ptrdiff_t start, ptrdiff_t end) {
  ANY_ORDER
  const struct vectors *a = arguments;
  const REAL *x = a->x;
  double sum = 0;
  for (ptrdiff_t i = start; i < end; i++) sum += (double)NAME(magnitude_of)(x[i]);
  return sum;
}

// Looks at bits, which no compiler setting can argue away: an exponent of all ones.
CLONES static double NAME(count_of_bad_blocks)(
    const void *arguments, ptrdiff_t start, ptrdiff_t end) {
  const struct vectors *a = arguments;
  const REAL *x = a->x;
  const WORD exponent = IS_DOUBLE ? (WORD)0x7FF0000000000000u : (WORD)0x7F800000u;
  for (ptrdiff_t first = start; first < end; first += 4 * BLOCK) {
    ptrdiff_t last = MIN(first + 4 * BLOCK, end);
    WORD bad = 0;
    for (ptrdiff_t i = first; i < last; i++) {
      WORD bits;
      memcpy(&bits, &x[i], sizeof bits);
      bad |= (bits & exponent) == exponent ? 1 : 0;
    }
    if (bad) return 1;
  }
  return 0;
}

// Blocks of a few KiB, each read twice from the nearest cache, are joined by the update of Chan,
// Golub and LeVeque ("Algorithms for computing the sample variance", 1983).
CLONES static nnk_statistics NAME(statistics)(const void *elements, ptrdiff_t count) {
  const REAL *x = elements;
  nnk_statistics s = {INFINITY, -INFINITY, 0, 0, 0, 0, 0, 0};
  double squares = 0;
  for (ptrdiff_t first = 0; first < count; first += BLOCK) {
    ptrdiff_t last = MIN(first + BLOCK, count);
    ptrdiff_t zeros = 0, nans = 0, infinities = 0;
    double sum = 0, smallest = INFINITY, largest = -INFINITY;
    {
      ANY_ORDER
      for (ptrdiff_t i = first; i < last; i++) {
        double v = (double)x[i];
        int is_nan = v != v, is_infinite = __builtin_fabs(v) > 1.7976931348623157e308;
        zeros += v == 0;
        nans += is_nan;
        infinities += is_infinite;
        int is_finite = !(is_nan | is_infinite);
        sum += is_finite ? v : 0;
        smallest = (is_finite & (v < smallest)) ? v : smallest;
        largest = (is_finite & (v > largest)) ? v : largest;
      }
    }
    s.zero_count += zeros;
    s.nan_count += nans;
    s.infinity_count += infinities;
    ptrdiff_t finite = last - first - nans - infinities;
    if (finite == 0) continue;
    s.minimum = smallest < s.minimum ? smallest : s.minimum;
    s.maximum = largest > s.maximum ? largest : s.maximum;
    double mean = sum / (double)finite, block_squares = 0;
    {
      ANY_ORDER
      for (ptrdiff_t i = first; i < last; i++) {
        double v = (double)x[i], distance = v - mean;
        block_squares += v - v == 0 ? distance * distance : 0;
      }
    }
    double total = (double)(s.finite_count + finite), gap = mean - s.mean;
    squares += block_squares + gap * gap * (double)s.finite_count * (double)finite / total;
    s.mean += gap * (double)finite / total;
    s.finite_count += finite;
  }
  if (s.finite_count > 0) s.deviation = __builtin_elementwise_sqrt(squares / (double)s.finite_count);
  return s;
}

CLONES static void NAME(add_bias)(const void *arguments, ptrdiff_t start, ptrdiff_t end) {
  const struct columns *a = arguments;
  const REAL *bias = a->x;
  ptrdiff_t columns = a->columns;
  for (ptrdiff_t r = start; r < end; r++) {
    REAL *y = (REAL *)a->y + r * columns;
    INDEPENDENT for (ptrdiff_t c = 0; c < columns; c++) y[c] += bias[c];
  }
}

// Strips of columns; eight rows are added up before they meet the running sum, and runs of 64 rows
// before they meet the total. So the order of additions depends on nothing but the row number.
#define STRIP 64
CLONES static void NAME(sum_rows)(const void *arguments, ptrdiff_t start, ptrdiff_t end) {
  const struct columns *a = arguments;
  const REAL *x = a->x;
  REAL *sums = a->y;
  ptrdiff_t n = a->columns;
  for (ptrdiff_t first = start; first < end; first += STRIP) {
    ptrdiff_t width = MIN(STRIP, end - first);
    REAL total[STRIP] = {0};
    for (ptrdiff_t row = 0; row < a->rows; row += 64) {
      ptrdiff_t last = MIN(row + 64, a->rows), r = row;
      REAL sum[STRIP] = {0};
      for (; r + 8 <= last; r += 8) {
        const REAL *v = x + r * n + first;
        INDEPENDENT for (ptrdiff_t c = 0; c < width; c++) {
          sum[c] += ((v[c] + v[c + n]) + (v[c + 2 * n] + v[c + 3 * n])) +
                    ((v[c + 4 * n] + v[c + 5 * n]) + (v[c + 6 * n] + v[c + 7 * n]));
        }
      }
      for (; r < last; r++) {
        INDEPENDENT for (ptrdiff_t c = 0; c < width; c++) sum[c] += x[r * n + first + c];
      }
      for (ptrdiff_t c = 0; c < width; c++) total[c] += sum[c];
    }
    for (ptrdiff_t c = 0; c < width; c++) sums[first + c] = total[c];
  }
}

// Philox4x32-10, as RandomStream; `start` and `end` count groups of four elements.
CLONES static void NAME(dropout)(const void *arguments, ptrdiff_t start, ptrdiff_t end) {
  const struct dropout *a = arguments;
  REAL scale = (REAL)a->scale;
  uint32_t threshold = a->threshold;
  enum { GROUPS = 256 };
  uint32_t words[4][GROUPS];
  for (ptrdiff_t first = start; first < end; first += GROUPS) {
    ptrdiff_t groups = MIN(GROUPS, end - first);
    for (ptrdiff_t g = 0; g < groups; g++) {
      // Numbers of 32 bits, each in a lane of 64 where its product has room; what gathers above
      // them is masked off before it counts.
      const uint64_t mask = 0xFFFFFFFFu;
      uint64_t x = (uint64_t)(first + g), y = a->stream, z = a->step_low, w = a->step_high;
      uint64_t key = a->key_low, other_key = a->key_high;
      for (int round = 0; round < 10; round++) {
        uint64_t p = (x & mask) * 0xD2511F53u, q = (z & mask) * 0xCD9E8D57u;
        x = (q >> 32) ^ y ^ key;
        y = q;
        z = (p >> 32) ^ w ^ other_key;
        w = p;
        key += 0x9E3779B9u;
        other_key += 0xBB67AE85u;
      }
      words[0][g] = (uint32_t)x;
      words[1][g] = (uint32_t)y;
      words[2][g] = (uint32_t)z;
      words[3][g] = (uint32_t)w;
    }
    const REAL *in = (const REAL *)a->x + 4 * first;
    REAL *out = (REAL *)a->y + 4 * first;
    ptrdiff_t whole = MIN(groups, (a->count - 4 * first) / 4);
    INDEPENDENT for (ptrdiff_t g = 0; g < whole; g++) {
      REAL v0 = in[4 * g], v1 = in[4 * g + 1], v2 = in[4 * g + 2], v3 = in[4 * g + 3];
      out[4 * g] = words[0][g] >= threshold ? v0 * scale : 0;
      out[4 * g + 1] = words[1][g] >= threshold ? v1 * scale : 0;
      out[4 * g + 2] = words[2][g] >= threshold ? v2 * scale : 0;
      out[4 * g + 3] = words[3][g] >= threshold ? v3 * scale : 0;
    }
    for (ptrdiff_t i = 4 * whole; i < MIN(4 * groups, a->count - 4 * first); i++) {
      out[i] = words[i & 3][i >> 2] >= threshold ? in[i] * scale : 0;
    }
  }
}

#undef BLOCK
#undef STRIP
