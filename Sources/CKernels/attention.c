#include "attention.h"

#include "common.h"
#include "products.h"

#define TEMPLATE "attention.template.h"
#include "twice.h"

// Every head of every example is a part of its own.
static void run(nnk_pool *pool, const nnk_attention *pass, range_body *body) {
  ptrdiff_t work = pass->targets * pass->sources * (pass->size + pass->value_size);
  nnk_for_ranges(pool, pass->batch * pass->heads, grain_of(100000, work), body, pass);
}

void nnk_attention_weights(int type, nnk_pool *pool, const nnk_attention *pass) {
  run(pool, pass, FOR_TYPE(attention_weights));
}

void nnk_attention_output(int type, nnk_pool *pool, const nnk_attention *pass) {
  run(pool, pass, FOR_TYPE(attention_output));
}

void nnk_attention_value_gradient(int type, nnk_pool *pool, const nnk_attention *pass) {
  run(pool, pass, FOR_TYPE(attention_value_gradient));
}

void nnk_attention_score_gradient(int type, nnk_pool *pool, const nnk_attention *pass) {
  run(pool, pass, FOR_TYPE(attention_score_gradient));
}
