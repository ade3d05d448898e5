// Elementary functions, written so that loops over them vectorise. The float versions are
// polynomials fitted here at Chebyshev nodes, within 2 units in the last place or so; the double
// versions are the C library's, and what the float versions are tested against.

#if IS_DOUBLE

INLINE double NAME(exp_of)(double x) { return exp(x); }
INLINE double NAME(expm1_of)(double x) { return expm1(x); }
INLINE double NAME(log_of)(double x) { return log(x); }
INLINE double NAME(log1p_of)(double x) { return log1p(x); }
INLINE double NAME(tanh_of)(double x) { return tanh(x); }
// The normal distribution function: the probability of at most x.
INLINE double NAME(normal_of)(double x) { return 0.5 * erfc(-x * 0.70710678118654752440); }
INLINE double NAME(magnitude_of)(double x) { return __builtin_fabs(x); }

#else

INLINE float NAME(magnitude_of)(float x) { return __builtin_fabsf(x); }

INLINE float NAME(from_bits)(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

INLINE uint32_t NAME(bits_of)(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

// x = k·ln 2 + r with |r| <= ln 2 / 2; gives exp(r) - 1 and the two halves of 2^k, each of which
// is a normal number where 2^k itself may not be.
INLINE float NAME(reduced_expm1)(float x, float *half, float *other_half) {
  x = x < -104.0f ? -104.0f : x;
  x = x > 89.0f ? 89.0f : x;
  // Adding 1.5·2^23 rounds to a whole number, which is then read from the low bits.
  float shifted = x * 1.44269504f + 12582912.0f;
  uint32_t k = NAME(bits_of)(shifted) - 0x4B400000u;
  float whole = shifted - 12582912.0f;
  float r = x - whole * 0.693359375f;
  r = r + whole * 2.12194440e-4f;
  float q = 1.989299174e-04f;
  q = q * r + 1.393545184e-03f;
  q = q * r + 8.333309087e-03f;
  q = q * r + 4.166644837e-02f;
  q = q * r + 1.666666668e-01f;
  q = q * r + 5.000000015e-01f;
  uint32_t low = (uint32_t)((int32_t)k >> 1);
  *half = NAME(from_bits)((low + 127u) << 23);
  *other_half = NAME(from_bits)((k - low + 127u) << 23);
  return q * (r * r) + r;
}

INLINE float NAME(exp_of)(float x) {
  float half, other;
  float e = NAME(reduced_expm1)(x, &half, &other);
  return (e * half + half) * other;
}

INLINE float NAME(expm1_of)(float x) {
  float half, other;
  float e = NAME(reduced_expm1)(x, &half, &other);
  // 2^k·e + (2^k - 1): the second sum is exact where it matters, near k = 0.
  return (e * half) * other + (half * other - 1.0f);
}

// For x > 0 and normal; minus infinity for 0.
INLINE float NAME(log_of)(float x) {
  uint32_t bits = NAME(bits_of)(x);
  // The fraction in [sqrt(1/2), sqrt(2)), so that the logarithm of 1 + f has f near 0.
  uint32_t shifted = bits - 0x3F3504F3u;
  float exponent = (float)((int32_t)shifted >> 23);
  float f = NAME(from_bits)((shifted & 0x007FFFFFu) + 0x3F3504F3u) - 1.0f;
  float p = 6.980701935e-02f;
  p = p * f - 1.149454660e-01f;
  p = p * f + 1.168907114e-01f;
  p = p * f - 1.242403772e-01f;
  p = p * f + 1.424855126e-01f;
  p = p * f - 1.666785097e-01f;
  p = p * f + 2.000073050e-01f;
  p = p * f - 2.499999663e-01f;
  p = p * f + 3.333333112e-01f;
  float square = f * f;
  float tail = p * f * square - exponent * 2.12194440e-4f - 0.5f * square;
  float result = (f + tail) + exponent * 0.693359375f;
  result = x == 0.0f ? -INFINITY : result;
  return x < INFINITY ? result : x;
}

// For x > -1; exact to rounding near 0, where what 1 + x loses is put back.
INLINE float NAME(log1p_of)(float x) {
  float sum = 1.0f + x;
  float lost = x - (sum - 1.0f);
  return NAME(log_of)(sum) + lost / sum;
}

INLINE float NAME(tanh_of)(float x) {
  float magnitude = __builtin_fabsf(x);
  float z = x * x;
  float p = 2.292744933e-03f;
  p = p * z - 8.343945657e-03f;
  p = p * z + 2.176891871e-02f;
  p = p * z - 5.395925959e-02f;
  p = p * z + 1.333330356e-01f;
  p = p * z - 3.333333317e-01f;
  float small = p * z * x + x;
  float large = 1.0f - 2.0f / (NAME(exp_of)(magnitude + magnitude) + 1.0f);
  large = x < 0 ? -large : large;
  return magnitude < 0.625f ? small : large;
}

// Phi(-a) = exp(-a²/2)·t·P(t) for a >= 0, t = 1/(1 + 0.3·a).
INLINE float NAME(normal_of)(float x) {
  float a = __builtin_fabsf(x);
  float t = 1.0f / (1.0f + 0.3f * a);
  float p = -2.095602420e-02f;
  p = p * t + 1.142574527e-01f;
  p = p * t - 2.325244068e-01f;
  p = p * t + 1.975505839e-01f;
  p = p * t - 8.421348099e-02f;
  p = p * t + 9.871138206e-02f;
  p = p * t + 7.751790117e-02f;
  p = p * t + 1.104184111e-01f;
  p = p * t + 1.195504315e-01f;
  p = p * t + 1.196877477e-01f;
  float tail = NAME(exp_of)(-0.5f * a * a) * (t * p);
  return x < 0 ? tail : 1.0f - tail;
}

#endif

INLINE REAL NAME(square_root_of)(REAL x) { return __builtin_elementwise_sqrt(x); }

INLINE REAL NAME(sigmoid_of)(REAL x) { return 1 / (1 + NAME(exp_of)(-x)); }

INLINE REAL NAME(softplus_of)(REAL x) {
  return (x > 0 ? x : 0) + NAME(log1p_of)(NAME(exp_of)(-NAME(magnitude_of)(x)));
}

// The largest of at least one element; NaN is passed over, unless it is the first.
INLINE REAL NAME(largest_of)(const REAL *x, ptrdiff_t count) {
  // Candidates side by side: the compiler may not reorder comparisons, since there is NaN.
  REAL lane[16];
  for (int l = 0; l < 16; l++) lane[l] = x[0];
  ptrdiff_t i = 0;
  for (; i + 16 <= count; i += 16) {
    for (int l = 0; l < 16; l++) lane[l] = x[i + l] > lane[l] ? x[i + l] : lane[l];
  }
  REAL largest = x[0];
  if (i > 0) {
    for (int l = 0; l < 16; l++) largest = lane[l] > largest ? lane[l] : largest;
  }
  for (; i < count; i++) largest = x[i] > largest ? x[i] : largest;
  return largest;
}
