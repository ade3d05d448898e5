import CKernels
import Tensors

/// The memory of one pass of attention with several heads.
///
/// Queries `[batch, targets, heads · size]`; keys `[batch, sources, heads · size]`; values and output
/// with heads of a size of their own; weights `[batch, heads, targets, sources]`.
package struct AttentionPass {
  package var heads: Int
  package var isCausal: Bool
  /// `[batch, sources]`, 0 for a source that nobody sees.
  package var mask: TensorView?
  package var queries: TensorView
  package var keys: TensorView
  package var values: TensorView
  package var weights: TensorView
  /// What multiplies the values: the weights, or what dropout has left of them.
  package var applied: TensorView

  package init(
    heads: Int, isCausal: Bool, mask: TensorView?, queries: TensorView, keys: TensorView,
    values: TensorView, weights: TensorView, applied: TensorView
  ) {
    self.heads = heads
    self.isCausal = isCausal
    self.mask = mask
    self.queries = queries
    self.keys = keys
    self.values = values
    self.weights = weights
    self.applied = applied
  }
}

extension Kernels {
  /// weights = softmax(queries · keysᵀ / √size) over the sources that each target sees.
  package static func attentionWeights(_ pass: AttentionPass, on workers: Workers) {
    var native = checked(pass)
    nnk_attention_weights(code(of: pass.queries), workers.pool, &native)
  }

  /// output = applied · values.
  package static func attentionOutput(
    _ pass: AttentionPass, into output: TensorView, on workers: Workers
  ) {
    var native = checked(pass)
    require(
      output, count: native.batch * native.targets * native.heads * native.value_size,
      type: pass.queries.elementType, "output")
    native.output = output.address
    nnk_attention_output(code(of: pass.queries), workers.pool, &native)
  }

  /// The gradients of the values, and of what multiplied them.
  package static func attentionValueGradient(
    _ pass: AttentionPass, outputGradient: TensorView, appliedGradient: TensorView,
    into valueGradient: TensorView, on workers: Workers
  ) {
    var native = checked(pass)
    requireLike(pass.weights, appliedGradient, "weight gradient")
    requireLike(pass.values, valueGradient, "value gradient")
    require(
      outputGradient, count: native.batch * native.targets * native.heads * native.value_size,
      type: pass.queries.elementType, "output gradient")
    native.output_gradient = UnsafeRawPointer(outputGradient.address)
    native.weight_gradient = appliedGradient.address
    native.value_gradient = valueGradient.address
    nnk_attention_value_gradient(code(of: pass.queries), workers.pool, &native)
  }

  /// The gradients of queries and keys; that of the weights is used up.
  package static func attentionScoreGradient(
    _ pass: AttentionPass, weightGradient: TensorView, into queryGradient: TensorView,
    _ keyGradient: TensorView, on workers: Workers
  ) {
    var native = checked(pass)
    requireLike(pass.weights, weightGradient, "weight gradient")
    requireLike(pass.queries, queryGradient, "query gradient")
    requireLike(pass.keys, keyGradient, "key gradient")
    native.weight_gradient = weightGradient.address
    native.query_gradient = queryGradient.address
    native.key_gradient = keyGradient.address
    nnk_attention_score_gradient(code(of: pass.queries), workers.pool, &native)
  }

  private static func checked(_ pass: AttentionPass) -> nnk_attention {
    let (queries, keys, values) = (pass.queries.shape, pass.keys.shape, pass.values.shape)
    precondition(
      queries.rank == 3 && keys.rank == 3 && values.rank == 3 && pass.heads > 0,
      "expected queries, keys and values [batch, steps, heads · size]")
    let (batch, targets, sources) = (queries[0], queries[1], keys[1])
    let type = pass.queries.elementType
    precondition(
      keys[0] == batch && values[0] == batch && values[1] == sources && queries[2] == keys[2]
        && queries[2] % pass.heads == 0 && values[2] % pass.heads == 0,
      "queries \(queries), keys \(keys) and values \(values) do not fit")
    require(pass.keys, count: keys.count, type: type, "keys")
    require(pass.values, count: values.count, type: type, "values")
    require(
      pass.weights, count: batch * pass.heads * targets * sources, type: type, "weights")
    requireLike(pass.weights, pass.applied, "applied weights")
    require(pass.mask, count: batch * sources, type: type, "mask")
    var native = nnk_attention()
    native.batch = batch
    native.heads = pass.heads
    native.targets = targets
    native.sources = sources
    native.size = queries[2] / pass.heads
    native.value_size = values[2] / pass.heads
    native.scale = 1 / Double(max(native.size, 1)).squareRoot()
    native.is_causal = pass.isCausal ? 1 : 0
    native.mask = UnsafeRawPointer(pass.mask?.address)
    native.queries = UnsafeRawPointer(pass.queries.address)
    native.keys = UnsafeRawPointer(pass.keys.address)
    native.values = UnsafeRawPointer(pass.values.address)
    native.weights = pass.weights.address
    native.applied = UnsafeRawPointer(pass.applied.address)
    return native
  }
}
