// The bits of |v| are in the order of the numbers, and unlike those have a largest one in vectors.
#if IS_DOUBLE
#define SIZE int64_t
#else
#define SIZE int32_t
#endif

INLINE SIZE NAME(size_of)(REAL v) {
  WORD bits;
  memcpy(&bits, &v, sizeof bits);
  return (SIZE)(bits & ~(WORD)0 >> 1);
}

INLINE double NAME(number_of)(SIZE size) {
  REAL value;
  memcpy(&value, &size, sizeof value);
  return (double)value;
}

// In blocks that are read again from the nearest cache where the largest difference of all is one of
// theirs: that happens about as often as the number of blocks has digits.
CLONES static void NAME(compare)(
    const REAL *x, const REAL *y, ptrdiff_t start, ptrdiff_t count, nnk_difference *total) {
  for (ptrdiff_t first = 0; first < count; first += BLOCK) {
    ptrdiff_t last = MIN(first + BLOCK, count);
    double squares = 0, squares_x = 0, squares_y = 0, products = 0;
    SIZE largest = 0, largest_x = 0, largest_y = 0;
    WORD different = 0, unmatched = 0;
    {
      ANY_ORDER
      for (ptrdiff_t i = first; i < last; i++) {
        REAL a = x[i], b = y[i];
        int are_finite = (a - a == 0) & (b - b == 0);
        int are_equal = (a == b) | ((a != a) & (b != b));
        different += !are_equal;
        unmatched += !are_equal & !are_finite;
        a = are_finite ? a : 0;
        b = are_finite ? b : 0;
        SIZE size = NAME(size_of)(a - b), size_a = NAME(size_of)(a), size_b = NAME(size_of)(b);
        largest = size > largest ? size : largest;
        largest_x = size_a > largest_x ? size_a : largest_x;
        largest_y = size_b > largest_y ? size_b : largest_y;
        double p = (double)a, q = (double)b, d = p - q;
        squares += d * d;
        squares_x += p * p;
        squares_y += q * q;
        products += p * q;
      }
    }
    total->different += (ptrdiff_t)different;
    total->unmatched += (ptrdiff_t)unmatched;
    total->squares += squares;
    total->squares_x += squares_x;
    total->squares_y += squares_y;
    total->products += products;
    total->largest_x = MAX(total->largest_x, NAME(number_of)(largest_x));
    total->largest_y = MAX(total->largest_y, NAME(number_of)(largest_y));
    if (NAME(number_of)(largest) <= total->largest) continue;
    total->largest = NAME(number_of)(largest);
    for (ptrdiff_t i = first; i < last; i++) {
      if (NAME(size_of)(x[i] - y[i]) == largest) {
        total->place = start + i;
        break;
      }
    }
  }
}

#undef SIZE
