// A pool of threads that share out the parts of one piece of work at a time.
#ifndef NNK_POOL_H
#define NNK_POOL_H

#include <stddef.h>

typedef struct nnk_pool nnk_pool;

/// Which library multiplies matrices.
enum { NNK_PRODUCTS_AUTOMATIC = 0, NNK_PRODUCTS_OWN = 1, NNK_PRODUCTS_ONEDNN = 2 };

/// A pool of `thread_count` threads, the caller being one of them; null when out of resources.
nnk_pool *nnk_pool_create(int thread_count, int products);
void nnk_pool_destroy(nnk_pool *pool);

/// Calls `body(context, index)` once for every index below `count`, in any order, on any thread of
/// the pool, and returns when all calls have returned. Nothing is allocated. A call from inside a
/// body, or while another thread is using the pool, runs on the calling thread alone.
void nnk_pool_run(
    nnk_pool *pool, ptrdiff_t count, void (*body)(void *context, ptrdiff_t index), void *context);

int nnk_pool_thread_count(const nnk_pool *pool);
int nnk_pool_products(const nnk_pool *pool);

#endif
