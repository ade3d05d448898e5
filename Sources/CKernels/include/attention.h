// Scaled dot-product attention of several heads.
#ifndef NNK_ATTENTION_H
#define NNK_ATTENTION_H

#include "pool.h"

/// Queries [batch, targets, heads·size], keys [batch, sources, heads·size], values [batch, sources,
/// heads·value_size]; weights [batch, heads, targets, sources]; output [batch, targets,
/// heads·value_size].
typedef struct {
  ptrdiff_t batch, heads, targets, sources, size, value_size;
  double scale;
  /// Whether target i sees the sources 0 to i alone.
  int is_causal;
  /// [batch, sources], 0 for a source that nobody sees; null for none.
  const void *mask;
  const void *queries, *keys, *values;
  void *weights;
  /// What multiplies the values: the weights, or the weights after dropout.
  const void *applied;
  void *output;
  // Backward only.
  const void *output_gradient;
  /// Of `applied` and then, after dropout's own, of the weights; last of the products: [batch, heads,
  /// targets, sources].
  void *weight_gradient;
  void *query_gradient, *key_gradient, *value_gradient;
} nnk_attention;

/// weights = softmax of scale · queries · keysᵀ over the sources that are seen; 0 for a target that
/// sees none.
void nnk_attention_weights(int type, nnk_pool *pool, const nnk_attention *pass);

/// output = applied · values.
void nnk_attention_output(int type, nnk_pool *pool, const nnk_attention *pass);

/// The gradients of the values and of what multiplies them.
void nnk_attention_value_gradient(int type, nnk_pool *pool, const nnk_attention *pass);

/// The gradients of queries and keys from that of the weights, which is overwritten.
void nnk_attention_score_gradient(int type, nnk_pool *pool, const nnk_attention *pass);

#endif
