"""Every layer with its options, as samples of one layer each, family by family."""

import itertools

import model_files

KERNELS = {"kernel_initializer": "he_uniform", "bias_initializer": "zeros"}
FUNCTIONS = ["identity", "sigmoid", "tanh", "relu", "leaky_relu", "elu", "selu", "silu", "gelu",
             "gelu_tanh", "softplus", "hard_sigmoid", "hard_swish", "relu6", "softsign",
             "exponential", "mish", "softmax"]


def convolution_before(make, channels, filters=3):
    """A convolution, so that what follows has its input with the channels first."""
    node = model_files.node("before", "convolution_2d", ["input_0"], KERNELS | {
        "filters": filters, "kernel_size": [2, 2], "stride": [1, 1], "dilation": [1, 1], "groups": 1,
        "padding": "same", "uses_bias": True})
    weights = {"before/kernel": make.numbers(2, 2, channels, filters, scale=0.5),
               "before/bias": make.numbers(filters)}
    return [node], weights, ["before"]


def core(make):
    for bias, shape in itertools.product([True, False], [[4], [3, 4], [2, 3, 4]]):
        parameters = {"kernel": (4, 5)} | ({"bias": (5,)} if bias else {})
        yield make.layer("dense", "dense", KERNELS | {"units": 5, "uses_bias": bias}, [shape],
                         parameters)
    for shape in ([1], [6], [2, 3]):
        yield make.layer(
            "embedding", "embedding",
            {"vocabulary_size": 7, "dimension": 3, "kernel_initializer": "zeros"}, [shape],
            {"kernel": (7, 3)}, indices=7)
    for function in FUNCTIONS:
        for slope in [0.0, 0.3] if function in ("leaky_relu", "elu", "hard_sigmoid") else [0.0]:
            options = {"function": function, "slope": slope}
            sample = make.layer("activation", "activation", options, [[9]])
            sample.inputs[0][1][...] *= 4
            yield sample
            yield make.layer("activation", "activation", options, [[3, 4, 2]],
                             behind=convolution_before(make, 2), name=f"{function} channels first")
    for shares, shape in itertools.product([True, False], [[4], [3, 4], [3, 2, 4]]):
        yield make.layer(
            "prelu", "prelu", {"shares_positions": shares, "initializer": "zeros"}, [shape],
            {"slope": (4,) if shares else tuple(shape)})
        if len(shape) == 3:
            yield make.layer(
                "prelu", "prelu", {"shares_positions": shares, "initializer": "zeros"}, [[3, 2, 2]],
                {"slope": (3,) if shares else (3, 2, 3)}, behind=convolution_before(make, 2))
    for kind, options in [("dropout", {"rate": 0.4}), ("spatial_dropout", {"rate": 0.4}),
                          ("gaussian_noise", {"deviation": 0.3}),
                          ("rescaling", {"scale": 0.5, "offset": 0}),
                          ("rescaling", {"scale": -2, "offset": 3})]:
        yield make.layer(kind, kind, options, [[3, 4]])


def normalizations(make):
    for shape in ([6], [3, 6], [3, 2, 6]):
        for scale, shift in itertools.product([True, False], repeat=2):
            affine = {key: (6,) for key, used in [("scale", scale), ("shift", shift)] if used}
            options = {"uses_scale": scale, "uses_shift": shift, "epsilon": 1e-3}
            yield make.layer(
                "batch_normalization", "batch_normalization",
                options | {"momentum": 0.9, "follows_unbiased_variance": True}, [shape],
                affine | {"running_mean": (6,), "running_variance": (6,)})
            yield make.layer("layer_normalization", "layer_normalization", options, [shape], affine)
            for groups in (1, 3, 6):
                if groups == 6 and len(shape) == 1:
                    continue  # A group of one element is nothing but rounding.
                yield make.layer("group_normalization", "group_normalization",
                                 options | {"groups": groups}, [shape], affine)
        for scale in (True, False):
            yield make.layer("rms_normalization", "rms_normalization",
                             {"uses_scale": scale, "epsilon": 1e-6}, [shape],
                             {"scale": (6,)} if scale else {})
        yield make.layer("normalization", "normalization", {"epsilon": 1e-7}, [shape],
                         {"mean": (6,), "variance": (6,)})


def merges(make):
    for kind in ("add", "subtract", "multiply", "average", "maximum", "minimum"):
        yield make.layer(kind, kind, {}, [[3, 4], [3, 4]])
        yield make.layer(kind, kind, {}, [[3, 1], [1, 4]])
        if kind != "subtract":
            yield make.layer(kind, kind, {}, [[3, 4], [1, 4], [3, 1]])
    for axis in (0, 1, -1, -2):
        shapes = [[3, 4], [3, 2]] if axis in (1, -1) else [[3, 4], [5, 4]]
        yield make.layer("concatenate", "concatenate", {"axis": axis}, shapes)
    yield make.layer("concatenate", "concatenate", {"axis": -1}, [[2]])
    # Both behind convolutions, so that channels come first.
    for kind, options in [("add", {}), ("maximum", {}), ("concatenate", {"axis": -1}),
                          ("concatenate", {"axis": 0})]:
        nodes, weights, _ = convolution_before(make, 2)
        other = dict(nodes[0], name="other")
        weights |= {"other/kernel": make.numbers(2, 2, 2, 3), "other/bias": make.numbers(3)}
        yield make.layer(kind, kind, options, [[4, 3, 2]],
                         behind=(nodes + [other], weights, ["before", "other"]),
                         name=f"{kind} channels first")


def shapes(make):
    yield make.layer("flatten", "flatten", {}, [[2, 3, 4]])
    yield make.layer("flatten", "flatten", {}, [[7]])
    yield make.layer("flatten", "flatten", {}, [[]])
    yield make.layer("flatten", "flatten", {}, [[2, 3, 2]], behind=convolution_before(make, 2),
                     name="flatten channels first")
    for shape in ([4, -1], [12], [2, 2, 3]):
        yield make.layer("reshape", "reshape", {"shape": shape}, [[2, 6]])
    for axes in ([1, 0, 2], [2, 0, 1], [0, 1, 2]):
        yield make.layer("permute", "permute", {"axes": axes}, [[2, 3, 4]])
    for shape in ([5], [2, 3]):
        yield make.layer("repeat", "repeat", {"count": 3}, [shape])
    for axis, start, stop, step in [(-1, 1, -1, 1), (0, -4, None, 2), (1, 0, 2, 1), (-2, 0, 100, 3),
                                    (0, -100, 2, 1)]:
        yield make.layer("slice", "slice",
                         {"axis": axis, "start": start, "stop": stop, "step": step}, [[5, 4]])
    for cells in ([[2, 0]], [[1, 3]], [[0, 1]]):
        yield make.layer("border", "zero_padding_1d", {"cells": cells}, [[6, 2]])
        yield make.layer("border", "cropping_1d", {"cells": cells}, [[6, 2]])
    for cells in ([[1, 0], [0, 2]], [[0, 1], [1, 1]]):
        for behind in (None, convolution_before(make, 2)):
            yield make.layer("border", "zero_padding_2d", {"cells": cells}, [[4, 5, 2]],
                             behind=behind)
            yield make.layer("border", "cropping_2d", {"cells": cells}, [[4, 5, 2]], behind=behind)
    yield make.layer("upsampling", "upsampling_1d", {"factor": [3]}, [[4, 2]])
    for mode, factor in itertools.product(["nearest", "bilinear"], [[2, 2], [3, 1], [1, 4]]):
        yield make.layer("upsampling", "upsampling_2d", {"factor": factor, "interpolation": mode},
                         [[3, 4, 2]])


def indices(make):
    """What does not mind whether it has numbers or indices, with a lookup behind."""
    for kind, options in [("flatten", {}), ("reshape", {"shape": [2, -1]}), ("permute", {"axes": [1, 0]}),
                          ("repeat", {"count": 2}),
                          ("slice", {"axis": 0, "start": 1, "stop": None, "step": 1})]:
        before = [model_files.node("before", kind, ["input_0"], options)], {}, ["before"]
        yield make.layer(
            "indices", "embedding",
            {"vocabulary_size": 5, "dimension": 2, "kernel_initializer": "zeros"}, [[3, 4]],
            {"kernel": (5, 2)}, indices=5, behind=before, name=f"{kind} of indices")


def windows(make):
    for axes_count in (1, 2):
        extents = [9] if axes_count == 1 else [7, 6]
        explicit = [[1, 2]] if axes_count == 1 else [[1, 0], [2, 1]]
        causal = ["causal"] if axes_count == 1 else []
        for padding, stride, dilation, groups, bias in itertools.product(
                ["valid", "same", explicit] + causal, [1, 2], [1, 2], [1, 2], [True, False]):
            size = [3] if axes_count == 1 else [3, 2]
            options = KERNELS | {
                "kernel_size": size, "stride": [stride, 3][:axes_count] if stride > 1 else [1] * axes_count,
                "dilation": [dilation] * axes_count, "padding": padding, "uses_bias": bias}
            biases = lambda count: {"bias": (count,)} if bias else {}
            kind = f"convolution_{axes_count}d"
            yield make.layer(kind, kind, options | {"filters": 6, "groups": groups}, [extents + [4]],
                             {"kernel": (*size, 4 // groups, 6)} | biases(6))
            yield make.layer(
                f"depthwise_{kind}", f"depthwise_{kind}", options | {"multiplier": groups},
                [extents + [3]], {"kernel": (*size, 3, groups)} | biases(3 * groups))
            yield make.layer(
                f"separable_{kind}", f"separable_{kind}",
                options | {"multiplier": groups, "filters": 5}, [extents + [3]],
                {"depthwise_kernel": (*size, 3, groups), "pointwise_kernel": (3 * groups, 5)}
                | biases(5))
            more = [0] if stride == 1 else [0, 1]
            for output in more:
                yield make.layer(
                    f"transposed_{kind}", f"transposed_{kind}",
                    options | {"filters": 6, "groups": groups, "output_padding": [output] * axes_count},
                    [[4, 3][:axes_count] + [4]], {"kernel": (*size, 6 // groups, 4)} | biases(6))
        # A window smaller than the stride.
        yield make.layer(
            f"transposed_convolution_{axes_count}d", f"transposed_convolution_{axes_count}d",
            KERNELS | {"kernel_size": [2] * axes_count, "stride": [3] * axes_count,
                       "dilation": [1] * axes_count, "padding": "same", "uses_bias": False,
                       "filters": 2, "groups": 1, "output_padding": [0] * axes_count},
            [[3] * axes_count + [2]], {"kernel": (*[2] * axes_count, 2, 2)})
        for size, stride, padding in itertools.product([2, 3], [None, 1, 2, 4],
                                                       ["valid", "same", explicit]):
            if padding == explicit and size < 3:
                continue
            options = {"size": [size] * axes_count, "padding": padding,
                       "stride": None if stride is None else [stride] * axes_count}
            yield make.layer("max_pooling", f"max_pooling_{axes_count}d", options, [extents + [3]])
            for counts in (True, False):
                yield make.layer("average_pooling", f"average_pooling_{axes_count}d",
                                 options | {"counts_padding": counts}, [extents + [3]])
    for kind in ("global_max_pooling", "global_average_pooling"):
        yield make.layer(kind, kind, {}, [[5, 3]])
        yield make.layer(kind, kind, {}, [[3, 4, 2]])
        yield make.layer(kind, kind, {}, [[3, 4, 2]], behind=convolution_before(make, 2),
                         name=f"{kind} channels first")


RECURRENT = {"kernel_initializer": "xavier_uniform", "recurrent_initializer": "orthogonal"}
CELLS = [("simple_recurrent", {"activation": "tanh"}, 1), ("simple_recurrent", {"activation": "relu"}, 1),
         ("gru", {"resets_after": True}, 3), ("gru", {"resets_after": False}, 3),
         ("lstm", {"has_unit_forget_bias": True}, 4)]


def recurrent_parameters(kind, options, features, units, gates, prefix=""):
    shapes = {"kernel": (features, gates * units), "recurrent_kernel": (units, gates * units)}
    if options["uses_bias"]:
        shapes["bias"] = (gates * units,)
        if options.get("resets_after"):
            shapes["recurrent_bias"] = (gates * units,)
    return {prefix + name: shape for name, shape in shapes.items()}


def recurrences(make):
    time, features, units = 6, 3, 4
    for (kind, more, gates), sequence, backwards, masked, state, bias in itertools.product(
            CELLS, *[[False, True]] * 5):
        options = RECURRENT | more | {
            "units": units, "returns_sequence": sequence, "goes_backwards": backwards,
            "is_masked": masked, "has_initial_state": state, "uses_bias": bias}
        states = [[units]] * (2 if kind == "lstm" else 1) if state else []
        yield make.layer(
            f"{kind}{' masked' if masked else ''}", kind, options,
            [[time, features]] + ([[time]] if masked else []) + states,
            recurrent_parameters(kind, options, features, units, gates),
            masks=[1] if masked else [])
    for (kind, more, gates), merge, sequence, masked in itertools.product(
            CELLS, ["concatenate", "sum", "average", "multiply"], [False, True], [False, True]):
        options = RECURRENT | more | {
            "units": units, "returns_sequence": sequence, "goes_backwards": False,
            "is_masked": masked, "has_initial_state": False, "uses_bias": True}
        parameters = {}
        for prefix in ("forward_", "backward_"):
            parameters |= recurrent_parameters(kind, options, features, units, gates, prefix)
        yield make.layer(
            f"bidirectional{' masked' if masked else ''}", "bidirectional",
            {"layer": {"kind": kind, "options": options}, "merge": merge},
            [[time, features]] + ([[time]] if masked else []), parameters,
            masks=[1] if masked else [])


def attentions(make):
    heads, size, features = 2, 3, 5
    for count, causal, masked, bias, value in itertools.product(
            [1, 2, 3], [False, True], [False, True], [True, False], [None, 4]):
        targets, sources = (4, 4) if count == 1 else (4, 6)
        shapes = [[targets, features]] + [[sources, features + place] for place in range(1, count)]
        key, values = shapes[min(1, count - 1)][1], shapes[-1][1]
        wide = heads * (value or size)
        parameters = {"query_kernel": (features, heads * size), "key_kernel": (key, heads * size),
                      "value_kernel": (values, wide), "output_kernel": (wide, features)}
        if bias:
            parameters |= {"query_bias": (heads * size,), "key_bias": (heads * size,),
                           "value_bias": (wide,), "output_bias": (features,)}
        options = {"heads": heads, "key_size": size, "is_causal": causal, "is_masked": masked,
                   "uses_bias": bias, "dropout": 0, "kernel_initializer": "xavier_uniform"}
        if value:
            options["value_size"] = value
        yield make.layer("multi_head_attention", "multi_head_attention", options,
                         shapes + ([[sources]] if masked else []), parameters,
                         masks=[count] if masked else [])
    for length in (5, 8):
        yield make.layer("positions", "positional_embedding",
                         {"length": length, "kernel_initializer": "zeros"}, [[5, 3]],
                         {"kernel": (length, 3)})
    for width in (4, 5):
        yield make.layer("positions", "positional_encoding", {"base": 10000}, [[6, width]])
    yield make.layer("masks", "sequence_mask", {"padding": 0}, [[6]], indices=3)
    yield make.layer("masks", "sequence_mask", {"padding": 2}, [[6]], indices=3)
    yield make.layer("masks", "masked_average", {}, [[6, 3], [6]], masks=[1])


def free(make):
    """Layers whose extents differ from batch to batch."""
    plane = [[9, 8, 2]], [[[5, 12, 2]], [[6, 3, 2]], [[16, 7, 2]]]
    steps = [[6, 3]], [[[3, 3]], [[11, 3]]]
    small = {"kernel": (3, 2, 2, 4), "bias": (4,)}
    for padding, stride, dilation in itertools.product(["valid", "same", [[1, 0], [2, 1]]], [1, 2],
                                                       [1, 2]):
        options = KERNELS | {"filters": 4, "kernel_size": [3, 2], "stride": [stride] * 2, "groups": 1,
                             "dilation": [dilation] * 2, "padding": padding, "uses_bias": True}
        yield make.layer("free extents", "convolution_2d", options, plane[0], small, free=[0, 1],
                         other_shapes=plane[1])
    yield make.layer("free extents", "convolution_2d", KERNELS | {
        "filters": 4, "kernel_size": [3, 2], "stride": [2, 4], "groups": 1, "dilation": [1, 1],
        "padding": "same", "uses_bias": True}, plane[0], small, free=[0, 1], other_shapes=plane[1])
    for kind in ("max_pooling_2d", "average_pooling_2d"):
        for stride, counts in itertools.product([[2, 2], [2, 3]], [False, True]):
            options = {"size": [3, 2], "stride": stride, "padding": "same"}
            if kind == "average_pooling_2d":
                options["counts_padding"] = counts
            yield make.layer("free extents", kind, options, plane[0], free=[0, 1],
                             other_shapes=plane[1])
    for kind, options in [("global_average_pooling", {}), ("global_max_pooling", {}),
                          ("upsampling_2d", {"factor": [2, 3], "interpolation": "bilinear"}),
                          ("zero_padding_2d", {"cells": [[1, 0], [0, 2]]}),
                          ("cropping_2d", {"cells": [[1, 0], [0, 2]]}),
                          ("permute", {"axes": [1, 0, 2]}),
                          ("slice", {"axis": 0, "start": 1, "stop": -1, "step": 2}),
                          ("rescaling", {"scale": 2, "offset": 1})]:
        yield make.layer("free extents", kind, options, plane[0], free=[0, 1], other_shapes=plane[1])
    affine = {"scale": (2,), "shift": (2,)}
    yield make.layer("free extents", "group_normalization",
                     {"groups": 2, "epsilon": 1e-5, "uses_scale": True, "uses_shift": True}, plane[0],
                     affine, free=[0, 1], other_shapes=plane[1])
    for (kind, more, gates), sequence, masked in itertools.product(CELLS, *[[False, True]] * 2):
        options = RECURRENT | more | {
            "units": 4, "returns_sequence": sequence, "goes_backwards": True, "is_masked": masked,
            "has_initial_state": False, "uses_bias": True}
        mask = lambda shape: shape + ([[shape[0][0]]] if masked else [])
        yield make.layer(
            "free extents", kind, options, mask(steps[0]),
            recurrent_parameters(kind, options, 3, 4, gates), masks=[1] if masked else [], free=[0],
            other_shapes=[mask(shape) for shape in steps[1]])
    attention = {"heads": 2, "key_size": 3, "is_causal": True, "is_masked": True, "uses_bias": False,
                 "dropout": 0, "kernel_initializer": "xavier_uniform"}
    kernels = {"query_kernel": (3, 6), "key_kernel": (3, 6), "value_kernel": (3, 6),
               "output_kernel": (6, 3)}
    yield make.layer("free extents", "multi_head_attention", attention, [[6, 3], [6]], kernels,
                     masks=[1], free=[0], other_shapes=[[[4, 3], [4]], [[9, 3], [9]]])
    yield make.layer("free extents", "positional_embedding",
                     {"length": 12, "kernel_initializer": "zeros"}, steps[0], {"kernel": (12, 3)},
                     free=[0], other_shapes=steps[1])
    yield make.layer("free extents", "positional_encoding", {"base": 10000}, steps[0], free=[0],
                     other_shapes=steps[1] + [[[200, 3]]])
    yield make.layer("free extents", "masked_average", {}, [[6, 3], [6]], masks=[1], free=[0],
                     other_shapes=[[[4, 3], [4]]])


FAMILIES = [core, normalizations, merges, shapes, indices, windows, recurrences, attentions, free]
