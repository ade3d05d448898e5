// Times how fast memory is read and written by a plain loop:
//
//   memory READ WRITTEN UPDATED MEGABYTES THREADS SECONDS
//
// So many arrays of so many megabytes are read, written, or both; every number written is a sum of
// those read at its place. Prints {"median_us": ..., "min_us": ...} for one pass over all.
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { LIMIT = 4 };

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + 1e-9 * time.tv_nsec;
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/// One loop for every way of counting arrays, so that the compiler knows them.
static inline __attribute__((always_inline)) void pass_over(
    int read, int written, int updated, float **x, float **y, float **z, ptrdiff_t count) {
#pragma GCC ivdep
  for (ptrdiff_t i = 0; i < count; i++) {
    float sum = 0;
    for (int k = 0; k < read; k++) sum += x[k][i];
    for (int k = 0; k < updated; k++) z[k][i] = z[k][i] * 0.5f + sum;
    for (int k = 0; k < written; k++) y[k][i] = sum;
  }
}

static void pass(int kind, float **x, float **y, float **z, ptrdiff_t count) {
  float *xs[LIMIT], *ys[LIMIT], *zs[LIMIT];
  for (int k = 0; k < LIMIT; k++) xs[k] = x[k], ys[k] = y[k], zs[k] = z[k];
  switch (kind) {
    case 110: pass_over(1, 1, 0, xs, ys, zs, count); break;
    case 210: pass_over(2, 1, 0, xs, ys, zs, count); break;
    case 310: pass_over(3, 1, 0, xs, ys, zs, count); break;
    case 101: pass_over(1, 0, 1, xs, ys, zs, count); break;
    case 103: pass_over(1, 0, 3, xs, ys, zs, count); break;
    default: fprintf(stderr, "no loop for %d\n", kind); exit(64);
  }
}

int main(int argc, char **words) {
  if (argc != 7) return 64;
  int kind = 100 * atoi(words[1]) + 10 * atoi(words[2]) + atoi(words[3]);
  ptrdiff_t count = (ptrdiff_t)(atof(words[4]) * (1 << 18));
  int threads = atoi(words[5]);
  float *x[LIMIT], *y[LIMIT], *z[LIMIT];
  float **all[] = {x, y, z};
  for (int set = 0; set < 3; set++) {
    for (int k = 0; k < LIMIT; k++) {
      all[set][k] = aligned_alloc(64, count * sizeof(float));
      for (ptrdiff_t i = 0; i < count; i++) all[set][k][i] = 0.25f;
    }
  }
  size_t taken = 0, capacity = 1 << 20;
  double *times = malloc(capacity * sizeof *times);
  double end = now() + atof(words[6]);
  for (int warm = 0; taken == 0 || (now() < end && taken < capacity); warm++) {
    double start = now();
#pragma omp parallel for num_threads(threads) schedule(static)
    for (int part = 0; part < threads; part++) {
      ptrdiff_t first = count / threads * part / 16 * 16;
      ptrdiff_t last = part + 1 == threads ? count : count / threads * (part + 1) / 16 * 16;
      float *xs[LIMIT], *ys[LIMIT], *zs[LIMIT];
      for (int k = 0; k < LIMIT; k++) {
        xs[k] = x[k] + first, ys[k] = y[k] + first, zs[k] = z[k] + first;
      }
      pass(kind, xs, ys, zs, last - first);
    }
    if (warm >= 3) times[taken++] = 1e6 * (now() - start);
  }
  qsort(times, taken, sizeof *times, ascending);
  printf("{\"median_us\": %.3f, \"min_us\": %.3f}\n", times[taken / 2], times[0]);
}
