// The pool publishes work through one 64-bit ticket: the number of the work in the upper half, the
// next index in the lower. Whoever moves the ticket from i to i + 1 owns index i. A thread that
// comes late to finished work fails to move the ticket, since the number has changed; so nobody
// waits for a sleeping thread whose share others have done.
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#include "common.h"

#define CLOSED UINT32_MAX
// How long an idle thread watches for more work before it sleeps: the gap between two kernels of a
// training step is a few microseconds, waking a thread costs some fifty.
#define SPIN_NANOSECONDS 50000

struct nnk_pool {
  int thread_count;
  int products;
  int started;
  pthread_t *threads;
  pthread_mutex_t in_use;

  pthread_mutex_t sleep_lock;
  pthread_cond_t wake;
  atomic_int sleepers;
  atomic_bool stopping;

  _Alignas(64) atomic_uint_fast64_t ticket;
  atomic_uintptr_t body;
  atomic_uintptr_t context;
  atomic_uint_fast32_t count;
  _Alignas(64) atomic_uint_fast32_t completed;
};

// Whether this thread is inside a body, where a pool must not wait for itself.
static _Thread_local bool is_inside;

static inline void pause_briefly(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

// Does what is left of the work with the given number.
static void take_part(nnk_pool *pool, uint32_t number) {
  uint64_t ticket = atomic_load_explicit(&pool->ticket, memory_order_acquire);
  uint32_t done = 0;
  while ((uint32_t)(ticket >> 32) == number) {
    // What is read here belongs to this work if the ticket is still the same afterwards.
    uint32_t index = (uint32_t)ticket;
    void (*body)(void *, ptrdiff_t) =
        (void (*)(void *, ptrdiff_t))atomic_load_explicit(&pool->body, memory_order_acquire);
    void *context = (void *)atomic_load_explicit(&pool->context, memory_order_acquire);
    uint32_t count = (uint32_t)atomic_load_explicit(&pool->count, memory_order_acquire);
    if (index == CLOSED || index >= count) break;
    if (!atomic_compare_exchange_weak_explicit(
            &pool->ticket, &ticket, ticket + 1, memory_order_acq_rel, memory_order_acquire)) {
      continue;
    }
    body(context, index);
    done += 1;
    ticket += 1;
    // The count of finished parts is told at the end of one's share, or at once by the last part.
    if (index + 1 == count) break;
    ticket = atomic_load_explicit(&pool->ticket, memory_order_acquire);
  }
  if (done > 0) atomic_fetch_add_explicit(&pool->completed, done, memory_order_acq_rel);
}

static void *work(void *argument) {
  nnk_pool *pool = argument;
  is_inside = true;
  uint32_t seen = 0;
  int64_t deadline = now() + SPIN_NANOSECONDS;
  for (unsigned turn = 1;; turn += 1) {
    uint64_t ticket = atomic_load_explicit(&pool->ticket, memory_order_acquire);
    uint32_t number = (uint32_t)(ticket >> 32);
    if (number != seen && (uint32_t)ticket != CLOSED) {
      take_part(pool, number);
      seen = number;
      deadline = now() + SPIN_NANOSECONDS;
      continue;
    }
    pause_briefly();
    if (turn % 64 != 0 || now() < deadline) continue;
    pthread_mutex_lock(&pool->sleep_lock);
    atomic_fetch_add(&pool->sleepers, 1);
    while ((uint32_t)(atomic_load(&pool->ticket) >> 32) == seen && !atomic_load(&pool->stopping)) {
      pthread_cond_wait(&pool->wake, &pool->sleep_lock);
    }
    atomic_fetch_sub(&pool->sleepers, 1);
    bool stopping = atomic_load(&pool->stopping);
    pthread_mutex_unlock(&pool->sleep_lock);
    if (stopping) return NULL;
    deadline = now() + SPIN_NANOSECONDS;
  }
}

nnk_pool *nnk_pool_create(int thread_count, int products) {
  void *memory = NULL;
  if (posix_memalign(&memory, 64, sizeof(nnk_pool)) != 0) return NULL;
  nnk_pool *pool = memory;
  memset(pool, 0, sizeof *pool);
  pool->thread_count = thread_count < 1 ? 1 : thread_count;
  pool->products = products;
  pthread_mutex_init(&pool->in_use, NULL);
  pthread_mutex_init(&pool->sleep_lock, NULL);
  pthread_cond_init(&pool->wake, NULL);
  atomic_init(&pool->ticket, (uint64_t)CLOSED);
  if (pool->thread_count > 1) {
    pool->threads = calloc((size_t)pool->thread_count - 1, sizeof(pthread_t));
    if (!pool->threads) {
      nnk_pool_destroy(pool);
      return NULL;
    }
    // Where a thread cannot be had, the others do its share.
    for (int i = 0; i < pool->thread_count - 1; i++) {
      if (pthread_create(&pool->threads[pool->started], NULL, work, pool) == 0) pool->started += 1;
    }
  }
  return pool;
}

void nnk_pool_destroy(nnk_pool *pool) {
  if (!pool) return;
  pthread_mutex_lock(&pool->sleep_lock);
  atomic_store(&pool->stopping, true);
  pthread_cond_broadcast(&pool->wake);
  pthread_mutex_unlock(&pool->sleep_lock);
  for (int i = 0; i < pool->started; i++) pthread_join(pool->threads[i], NULL);
  free(pool->threads);
  pthread_cond_destroy(&pool->wake);
  pthread_mutex_destroy(&pool->sleep_lock);
  pthread_mutex_destroy(&pool->in_use);
  free(pool);
}

int nnk_pool_thread_count(const nnk_pool *pool) { return pool ? pool->thread_count : 1; }

int nnk_pool_products(const nnk_pool *pool) {
  return pool ? pool->products : NNK_PRODUCTS_AUTOMATIC;
}

void nnk_pool_run(
    nnk_pool *pool, ptrdiff_t count, void (*body)(void *context, ptrdiff_t index), void *context) {
  bool alone = !pool || pool->started == 0 || count < 2 || count >= CLOSED || is_inside;
  if (alone || pthread_mutex_trylock(&pool->in_use) != 0) {
    for (ptrdiff_t i = 0; i < count; i++) body(context, i);
    return;
  }
  is_inside = true;
  uint32_t number = (uint32_t)(atomic_load(&pool->ticket) >> 32) + 1;
  uint64_t first = (uint64_t)number << 32;
  // Closed first, so that nobody acts on a mixture of the old work and the new.
  atomic_store(&pool->ticket, first | CLOSED);
  atomic_store_explicit(&pool->completed, 0, memory_order_release);
  atomic_store_explicit(&pool->body, (uintptr_t)body, memory_order_release);
  atomic_store_explicit(&pool->context, (uintptr_t)context, memory_order_release);
  atomic_store_explicit(&pool->count, (uint32_t)count, memory_order_release);
  atomic_store(&pool->ticket, first);
  if (atomic_load(&pool->sleepers) > 0) {
    pthread_mutex_lock(&pool->sleep_lock);
    pthread_cond_broadcast(&pool->wake);
    pthread_mutex_unlock(&pool->sleep_lock);
  }
  take_part(pool, number);
  for (unsigned turn = 1;
       atomic_load_explicit(&pool->completed, memory_order_acquire) < (uint32_t)count; turn += 1) {
    pause_briefly();
    // A thread that holds a part may have lost its processor to another program.
    if (turn % 4096 == 0) sched_yield();
  }
  is_inside = false;
  pthread_mutex_unlock(&pool->in_use);
}

// MARK: Ranges

struct ranges {
  range_body *body;
  const void *arguments;
  ptrdiff_t count, grain;
};

static void run_range(void *context, ptrdiff_t index) {
  const struct ranges *ranges = context;
  ptrdiff_t start = index * ranges->grain;
  ranges->body(ranges->arguments, start, MIN(start + ranges->grain, ranges->count));
}

void nnk_for_ranges(
    nnk_pool *pool, ptrdiff_t count, ptrdiff_t grain, range_body *body, const void *arguments) {
  if (count <= 0) return;
  if (nnk_pool_thread_count(pool) == 1 || count < 2 * grain) {
    body(arguments, 0, count);
    return;
  }
  struct ranges ranges = {body, arguments, count, grain};
  nnk_pool_run(pool, (count + grain - 1) / grain, run_range, &ranges);
}

#define LARGEST_PART_COUNT 256

struct sums {
  sum_body *body;
  const void *arguments;
  ptrdiff_t count, grain;
  double parts[LARGEST_PART_COUNT];
};

static void run_sum(void *context, ptrdiff_t index) {
  struct sums *sums = context;
  ptrdiff_t start = index * sums->grain;
  sums->parts[index] = sums->body(sums->arguments, start, MIN(start + sums->grain, sums->count));
}

double nnk_sum_ranges(
    nnk_pool *pool, ptrdiff_t count, ptrdiff_t grain, sum_body *body, const void *arguments) {
  if (count <= 0) return 0;
  ptrdiff_t smallest = (count + LARGEST_PART_COUNT - 1) / LARGEST_PART_COUNT;
  ptrdiff_t rounded = (smallest + grain - 1) / grain * grain;
  struct sums sums;
  sums.body = body;
  sums.arguments = arguments;
  sums.count = count;
  sums.grain = rounded;
  ptrdiff_t parts = (count + rounded - 1) / rounded;
  nnk_pool_run(pool, parts, run_sum, &sums);
  double total = 0;
  for (ptrdiff_t i = 0; i < parts; i++) total += sums.parts[i];
  return total;
}
