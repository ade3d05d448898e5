#include "onednn.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdint.h>

#include "common.h"
#include "products.h"

// As declared by oneDNN 1 to 3: row-major, 0 for success.
typedef int sgemm(
    char transa, char transb, int64_t m, int64_t n, int64_t k, float alpha, const float *a,
    int64_t lda, const float *b, int64_t ldb, float beta, float *c, int64_t ldc);

// The head of what dnnl_version() returns.
struct version {
  int major, minor, patch;
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static sgemm *multiply;
static void (*set_thread_count)(int);
static int version_number;

static void open_library(void) {
  static const char *const names[] = {
      "libdnnl.so.3",  "libdnnl.so.2",
      "libdnnl.so",    "/opt/homebrew/lib/libdnnl.dylib",
      "/usr/local/lib/libdnnl.dylib"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    void *library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
    if (!library) continue;
    multiply = (sgemm *)dlsym(library, "dnnl_sgemm");
    if (!multiply) {
      dlclose(library);
      continue;
    }
    const struct version *(*version)(void) =
        (const struct version *(*)(void))dlsym(library, "dnnl_version");
    if (version) version_number = version()->major * 100 + version()->minor;
    // Found through the library's own dependencies.
    set_thread_count = (void (*)(int))dlsym(library, "omp_set_num_threads");
    return;
  }
}

int nnk_onednn_is_present(void) {
  pthread_once(&once, open_library);
  return multiply != NULL;
}

int nnk_onednn_version(void) {
  pthread_once(&once, open_library);
  return version_number;
}

int nnk_onednn_version_in_use(void) { return multiply ? version_number : 0; }

struct part {
  const float *a, *b;
  float *c;
  ptrdiff_t m, n, k, lda, ldb;
  int a_transposed, b_transposed, accumulating, by_rows;
  ptrdiff_t grain;
};

static void multiply_part(void *context, ptrdiff_t index) {
  const struct part *p = context;
  // OpenMP keeps this number for each thread; threads of its own would compete with the pool's.
  static _Thread_local int is_alone;
  if (!is_alone && set_thread_count) set_thread_count(1);
  is_alone = 1;
  ptrdiff_t start = index * p->grain;
  ptrdiff_t count = MIN(p->grain, (p->by_rows ? p->m : p->n) - start);
  const float *a = p->a, *b = p->b;
  float *c = p->c;
  if (p->by_rows) {
    a += p->a_transposed ? start : start * p->lda;
    c += start * p->n;
  } else {
    b += p->b_transposed ? start * p->ldb : start;
    c += start;
  }
  multiply(
      p->a_transposed ? 'T' : 'N', p->b_transposed ? 'T' : 'N', p->by_rows ? count : p->m,
      p->by_rows ? p->n : count, p->k, 1, a, p->lda, b, p->ldb, p->accumulating ? 1 : 0, c, p->n);
}

int onednn_multiply(
    nnk_pool *pool, const float *a, int a_transposed, const float *b, int b_transposed, float *c,
    ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, int accumulating) {
  if (!nnk_onednn_is_present()) return 0;
  struct part part = {
      a, b, c, m, n, k, a_transposed ? m : k, b_transposed ? k : n,
      a_transposed, b_transposed, accumulating, m > n, 0};
  ptrdiff_t length = part.by_rows ? m : n;
  if (m * n * k >= NNK_LARGE_PRODUCT) {
    // Parts are a matter of the shape alone, so that threads change no bit.
    part.grain = length >= 2048 ? 512 : 256;
  } else {
    // One part for each of at most so many threads; a pool of one is not asked.
    ptrdiff_t threads = m * n * k < 500000 ? 1 : nnk_pool_thread_count(pool);
    part.grain = (length + threads - 1) / threads;
    part.grain = (part.grain + 15) / 16 * 16;
  }
  nnk_pool_run(pool, (length + part.grain - 1) / part.grain, multiply_part, &part);
  return 1;
}
