// Times one of oneDNN's own primitives alone, in the memory formats that it prefers:
//
//   onednn_primitives matmul M N K SECONDS
//   onednn_primitives convolution PASS EXAMPLES SIDE INPUT OUTPUT TAPS SECONDS
//
// PASS is forward, inputs or kernel: what of the convolution is computed. Prints {"median_us": ...,
// "min_us": ...}. Threads are OpenMP's: OMP_NUM_THREADS. Written for the C interface of oneDNN 2.
#include <oneapi/dnnl/dnnl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CHECK(call)                                                  \
  do {                                                               \
    dnnl_status_t status = (call);                                   \
    if (status != dnnl_success) {                                    \
      fprintf(stderr, "%s: status %d\n", #call, (int)status);        \
      exit(1);                                                       \
    }                                                                \
  } while (0)

static dnnl_engine_t engine;
static dnnl_stream_t stream;

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + 1e-9 * time.tv_nsec;
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/// A memory with numbers in it: what is denormal or not a number would be slower.
static dnnl_memory_t memory_of(const dnnl_memory_desc_t *description) {
  dnnl_memory_t memory;
  CHECK(dnnl_memory_create(&memory, description, engine, DNNL_MEMORY_ALLOCATE));
  void *handle;
  CHECK(dnnl_memory_get_data_handle(memory, &handle));
  size_t count = dnnl_memory_desc_get_size(description) / sizeof(float);
  for (size_t i = 0; i < count; i++) ((float *)handle)[i] = (float)(i % 17) / 17 - 0.5f;
  return memory;
}

static dnnl_memory_desc_t description(int rank, const dnnl_dim_t *shape) {
  dnnl_memory_desc_t result;
  CHECK(dnnl_memory_desc_init_by_tag(&result, rank, shape, dnnl_f32, dnnl_format_tag_any));
  return result;
}

static void measure(
    const_dnnl_primitive_desc_t found, int count, const int *arguments,
    const dnnl_query_t *queries, double seconds) {
  dnnl_primitive_t primitive;
  CHECK(dnnl_primitive_create(&primitive, found));
  dnnl_exec_arg_t bound[4];
  for (int i = 0; i < count; i++) {
    const dnnl_memory_desc_t *description = dnnl_primitive_desc_query_md(found, queries[i], 0);
    bound[i] = (dnnl_exec_arg_t){arguments[i], memory_of(description)};
  }
  size_t capacity = 1 << 22, taken = 0;
  double *times = malloc(capacity * sizeof *times);
  double end = 0;
  for (int warm = 0; taken == 0 || (now() < end && taken < capacity);) {
    double start = now();
    CHECK(dnnl_primitive_execute(primitive, stream, count, bound));
    CHECK(dnnl_stream_wait(stream));
    if (warm < 10) {
      warm++;
      end = now() + seconds;
      continue;
    }
    times[taken++] = 1e6 * (now() - start);
  }
  qsort(times, taken, sizeof *times, ascending);
  printf("{\"median_us\": %.3f, \"min_us\": %.3f}\n", times[taken / 2], times[0]);
}

static void matmul(dnnl_dim_t m, dnnl_dim_t n, dnnl_dim_t k, double seconds) {
  dnnl_memory_desc_t a = description(2, (dnnl_dim_t[]){m, k});
  dnnl_memory_desc_t b = description(2, (dnnl_dim_t[]){k, n});
  dnnl_memory_desc_t c = description(2, (dnnl_dim_t[]){m, n});
  dnnl_matmul_desc_t wanted;
  CHECK(dnnl_matmul_desc_init(&wanted, &a, &b, NULL, &c));
  dnnl_primitive_desc_t found;
  CHECK(dnnl_primitive_desc_create(&found, &wanted, NULL, engine, NULL));
  measure(
      found, 3, (int[]){DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST},
      (dnnl_query_t[]){dnnl_query_src_md, dnnl_query_weights_md, dnnl_query_dst_md}, seconds);
}

static void convolution(
    const char *pass, dnnl_dim_t examples, dnnl_dim_t side, dnnl_dim_t input, dnnl_dim_t output,
    dnnl_dim_t taps, double seconds) {
  dnnl_dim_t out = side - taps + 1;
  dnnl_memory_desc_t x = description(4, (dnnl_dim_t[]){examples, input, side, side});
  dnnl_memory_desc_t w = description(4, (dnnl_dim_t[]){output, input, taps, taps});
  dnnl_memory_desc_t y = description(4, (dnnl_dim_t[]){examples, output, out, out});
  const dnnl_dims_t ones = {1, 1}, none = {0, 0};
  dnnl_convolution_desc_t wanted;
  dnnl_primitive_desc_t forward, found;
  CHECK(dnnl_convolution_forward_desc_init(
      &wanted, dnnl_forward_training, dnnl_convolution_direct, &x, &w, NULL, &y, ones, none, none));
  CHECK(dnnl_primitive_desc_create(&forward, &wanted, NULL, engine, NULL));
  if (strcmp(pass, "forward") == 0) {
    measure(
        forward, 3, (int[]){DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST},
        (dnnl_query_t[]){dnnl_query_src_md, dnnl_query_weights_md, dnnl_query_dst_md}, seconds);
  } else if (strcmp(pass, "inputs") == 0) {
    CHECK(dnnl_convolution_backward_data_desc_init(
        &wanted, dnnl_convolution_direct, &x, &w, &y, ones, none, none));
    CHECK(dnnl_primitive_desc_create(&found, &wanted, NULL, engine, forward));
    measure(
        found, 3, (int[]){DNNL_ARG_DIFF_DST, DNNL_ARG_WEIGHTS, DNNL_ARG_DIFF_SRC},
        (dnnl_query_t[]){
            dnnl_query_diff_dst_md, dnnl_query_weights_md, dnnl_query_diff_src_md},
        seconds);
  } else {
    CHECK(dnnl_convolution_backward_weights_desc_init(
        &wanted, dnnl_convolution_direct, &x, &w, NULL, &y, ones, none, none));
    CHECK(dnnl_primitive_desc_create(&found, &wanted, NULL, engine, forward));
    measure(
        found, 3, (int[]){DNNL_ARG_SRC, DNNL_ARG_DIFF_DST, DNNL_ARG_DIFF_WEIGHTS},
        (dnnl_query_t[]){
            dnnl_query_src_md, dnnl_query_diff_dst_md, dnnl_query_diff_weights_md},
        seconds);
  }
}

int main(int count, char **words) {
  CHECK(dnnl_engine_create(&engine, dnnl_cpu, 0));
  CHECK(dnnl_stream_create(&stream, engine, dnnl_stream_default_flags));
  if (count == 6 && strcmp(words[1], "matmul") == 0) {
    matmul(atoll(words[2]), atoll(words[3]), atoll(words[4]), atof(words[5]));
  } else if (count == 9 && strcmp(words[1], "convolution") == 0) {
    convolution(
        words[2], atoll(words[3]), atoll(words[4]), atoll(words[5]), atoll(words[6]),
        atoll(words[7]), atof(words[8]));
  } else {
    fprintf(stderr, "usage: see the head of onednn_primitives.c\n");
    return 64;
  }
  return 0;
}
