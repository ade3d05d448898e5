"""Layers of this project in their own words, each beside the module of PyTorch that is the same.

A case is a name, the network as JSON, a module with the names that nnmodel writes, and inputs as nnmodel
takes them; the module's `forward` takes the same, channels last.
"""

import torch
from torch import nn
from torch.nn import functional as F

WINDOW = {"uses_bias": True, "kernel_initializer": "he_uniform", "bias_initializer": "zeros"}
RECURRENT = {"returns_sequence": True, "goes_backwards": False, "is_masked": False,
             "has_initial_state": False, "uses_bias": True, "kernel_initializer": "xavier_uniform",
             "recurrent_initializer": "orthogonal"}
ATTENTION = {"is_causal": False, "is_masked": False, "uses_bias": True, "dropout": 0,
             "kernel_initializer": "xavier_uniform"}
NORM = {"epsilon": 1e-5, "uses_scale": True, "uses_shift": True}
BATCH = NORM | {"momentum": 0.9, "follows_unbiased_variance": True}


def node(name, kind, options, *inputs, ties=None):
    result = {"name": name, "kind": kind, "options": options, "inputs": list(inputs)}
    return result | ({"ties": ties} if ties else {})


def graph(inputs, nodes, outputs):
    return {"inputs": [{"name": name, "shape": list(shape), "is_indices": indices}
                       for name, shape, indices in inputs],
            "nodes": nodes, "outputs": outputs}


def chain(shape, *layers, indices=False):
    """A chain of layers, each a kind and options, with the names they get by themselves."""
    nodes, counts, last = [], {}, "features"
    for kind, options in layers:
        counts[kind] = counts.get(kind, 0) + 1
        name = f"{kind}_{counts[kind]}"
        nodes.append(node(name, kind, options, last))
        last = name
    return graph([("features", shape, indices)], nodes, [last])


def dense(units, bias=True):
    return "dense", {"units": units, "uses_bias": bias, "kernel_initializer": "he_uniform",
                     "bias_initializer": "zeros"}


def activation(name):
    return "activation", {"function": name, "slope": 0}


def convolution(axes, filters, size, stride=1, dilation=1, groups=1, padding=0, **more):
    return f"convolution_{axes}d", WINDOW | {
        "filters": filters, "kernel_size": [size] * axes, "stride": [stride] * axes,
        "dilation": [dilation] * axes, "groups": groups, "padding": [[padding, padding]] * axes} | more


class Chain(nn.Sequential):
    """A `Sequential` on channels last."""

    def forward(self, x):
        y = super().forward(x.movedim(-1, 1)) if x.dim() > 2 else super().forward(x)
        return y.movedim(1, -1) if y.dim() > 2 else y


class Plain(nn.Sequential):
    """A `Sequential` whose parts may give a tuple."""

    def forward(self, x):
        for part in self:
            x = part(x)
            x = x[0] if isinstance(x, tuple) else x
        return x


class Step(nn.Module):
    """The last step of a sequence."""

    def forward(self, x):
        return x[:, -1]


class Statistics(nn.Module):
    """Our `normalization`, which no module of PyTorch is."""

    def __init__(self, channels):
        super().__init__()
        self.register_buffer("mean", torch.randn(channels))
        self.register_buffer("variance", torch.rand(channels) + 0.5)

    def forward(self, x):
        return (x - self.mean) / self.variance.sqrt()


class Positions(nn.Module):
    def __init__(self, length, features):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(length, features))

    def forward(self, x):
        return x + self.weight[:x.shape[1]]


class Attention(nn.Module):
    """A `MultiheadAttention` under the name of a node."""

    def __init__(self, features, heads, sources=None, bias=True):
        super().__init__()
        self.layer = nn.MultiheadAttention(features, heads, bias=bias, kdim=sources, vdim=sources,
                                           batch_first=True)

    def forward(self, x, *others):
        key = others[0] if others else x
        return self.layer(x, key, key, need_weights=False)[0]


class Separable(nn.Module):
    def __init__(self, axes, channels, filters, size, multiplier, bias):
        super().__init__()
        make = nn.Conv1d if axes == 1 else nn.Conv2d
        part = nn.Module()
        part.depthwise = make(channels, channels * multiplier, size, groups=channels, bias=False)
        part.pointwise = make(channels * multiplier, filters, 1, bias=bias)
        self.add_module("0", part)

    def forward(self, x):
        part = getattr(self, "0")
        return part.pointwise(part.depthwise(x.movedim(-1, 1))).movedim(1, -1)


def randomized(module):
    """Statistics and scales that are not those of a new module."""
    for name, tensor in module.state_dict().items():
        if "running_var" in name or "variance" in name:
            tensor.uniform_(0.5, 2)
        elif tensor.is_floating_point() and tensor.dim() == 1:
            tensor.normal_()
    return module.eval()


def layers():
    """A case for every layer with parameters, in the forms that PyTorch has it in."""
    x = torch.randn
    yield "dense", chain((5,), dense(3)), Plain(nn.Linear(5, 3)), [x(4, 5)]
    yield "dense without bias", chain((5,), dense(3, False)), Plain(nn.Linear(5, 3, bias=False)), [
        x(4, 5)]
    yield "dense on sequences", chain((6, 5), dense(3)), Plain(nn.Linear(5, 3)), [x(4, 6, 5)]
    yield "embedding", chain((3,), ("embedding", {
        "vocabulary_size": 7, "dimension": 5, "kernel_initializer": "normal(0, 0.05)"}),
        indices=True), Plain(nn.Embedding(7, 5)), [torch.randint(7, (4, 3))]
    prelu = "prelu", {"shares_positions": True, "initializer": "constant(0.25)"}
    yield "prelu", chain((5, 4), prelu), Chain(nn.PReLU(4)), [x(3, 5, 4)]
    yield "prelu with one slope", chain((1,), prelu), Plain(nn.PReLU()), [x(9, 1)]
    yield "convolution_1d", chain((9, 4), convolution(1, 6, 3, 2, 1, 2, 1)), Chain(
        nn.Conv1d(4, 6, 3, 2, 1, 1, 2)), [x(2, 9, 4)]
    yield "convolution_2d", chain((7, 6, 3), convolution(2, 5, 3, 1, 2, 1, 2)), Chain(
        nn.Conv2d(3, 5, 3, 1, 2, 2)), [x(2, 7, 6, 3)]
    yield "convolution_2d in groups", chain((5, 5, 6), convolution(
        2, 9, 2, groups=3, uses_bias=False)), Chain(nn.Conv2d(6, 9, 2, groups=3, bias=False)), [
        x(2, 5, 5, 6)]
    for axes, make in ((1, nn.ConvTranspose1d), (2, nn.ConvTranspose2d)):
        kind, options = convolution(axes, 4, 3, 2, 1, 2, 1, output_padding=[1] * axes)
        yield f"transposed_convolution_{axes}d", chain(
            (5, 4, 6)[-axes - 1:], ("transposed_" + kind, options)), Chain(
            make(6, 4, 3, 2, 1, 1, 2)), [x(2, *(5, 4, 6)[-axes - 1:])]
    for axes, make in ((1, nn.Conv1d), (2, nn.Conv2d)):
        shape = (6, 5, 3)[-axes - 1:]
        options = WINDOW | {"kernel_size": [3] * axes, "stride": [1] * axes, "dilation": [1] * axes,
                            "padding": "valid", "multiplier": 2}
        yield f"depthwise_convolution_{axes}d", chain(shape, (f"depthwise_convolution_{axes}d", options)
                                                      ), Chain(make(3, 6, 3, groups=3)), [x(2, *shape)]
        for bias in (True, False):
            yield f"separable_convolution_{axes}d{'' if bias else ' without bias'}", chain(
                shape, (f"separable_convolution_{axes}d", options | {"filters": 5, "uses_bias": bias})
            ), Separable(axes, 3, 5, 3, 2, bias), [x(2, *shape)]
    yield "batch_normalization", chain((4,), ("batch_normalization", BATCH)), Plain(
        nn.BatchNorm1d(4)), [x(5, 4)]
    yield "batch_normalization of planes", chain((3, 5, 4), ("batch_normalization", BATCH)), Chain(
        nn.BatchNorm2d(4)), [x(2, 3, 5, 4)]
    yield "batch_normalization alone", chain((4,), ("batch_normalization", BATCH | {
        "uses_scale": False, "uses_shift": False})), Plain(nn.BatchNorm1d(4, affine=False)), [x(5, 4)]
    yield "layer_normalization", chain((3, 7), ("layer_normalization", NORM)), Plain(
        nn.LayerNorm(7)), [x(2, 3, 7)]
    yield "layer_normalization without shift", chain((7,), ("layer_normalization", NORM | {
        "uses_shift": False})), Plain(nn.LayerNorm(7, bias=False)), [x(2, 7)]
    yield "group_normalization", chain((3, 5, 6), ("group_normalization", NORM | {"groups": 2})), Chain(
        nn.GroupNorm(2, 6)), [x(2, 3, 5, 6)]
    yield "rms_normalization", chain((7,), ("rms_normalization", {
        "epsilon": 1e-6, "uses_scale": True})), Plain(nn.RMSNorm(7, 1e-6)), [x(3, 7)]
    yield "normalization", chain((3, 4), ("normalization", {"epsilon": 1e-7})), Plain(Statistics(4)), [
        x(2, 3, 4)]
    yield from recurrent()
    yield from attention()
    yield "positional_embedding", chain((4, 3), ("positional_embedding", {
        "length": 6, "kernel_initializer": "normal(0, 0.02)"})), Plain(Positions(6, 3)), [x(2, 4, 3)]


def recurrent():
    x = torch.randn
    kinds = {"simple_recurrent": (nn.RNN, {"activation": "tanh"}),
             "gru": (nn.GRU, {"resets_after": True}), "lstm": (nn.LSTM, {"has_unit_forget_bias": True})}
    for kind, (make, more) in kinds.items():
        options = RECURRENT | more | {"units": 4}
        yield kind, chain((5, 3), (kind, options)), Plain(make(3, 4, batch_first=True)), [x(2, 5, 3)]
        yield f"{kind}, last step", chain((5, 3), (kind, options | {"returns_sequence": False})), Plain(
            make(3, 4, batch_first=True), Step()), [x(2, 5, 3)]
        # Without biases.
        yield f"{kind} without bias", chain((5, 3), (kind, options | {"uses_bias": False})), Plain(
            make(3, 4, batch_first=True, bias=False)), [x(2, 5, 3)]
        both = {"layer": {"kind": kind, "options": options}, "merge": "concatenate"}
        yield f"bidirectional {kind}", chain((5, 3), ("bidirectional", both)), Plain(
            make(3, 4, batch_first=True, bidirectional=True)), [x(2, 5, 3)]
    yield "simple_recurrent with relu", chain((5, 3), ("simple_recurrent", RECURRENT | {
        "units": 4, "activation": "relu"})), Plain(
        nn.RNN(3, 4, nonlinearity="relu", batch_first=True)), [x(2, 5, 3)]


def attention():
    x = torch.randn
    options = ATTENTION | {"heads": 2, "key_size": 3}
    one = [("x", (4, 6), False)]
    yield "multi_head_attention", graph(one, [node(
        "layer", "multi_head_attention", options, "x")], ["layer"]), Attention(6, 2), [x(2, 4, 6)]
    yield "multi_head_attention without bias", graph(one, [node(
        "layer", "multi_head_attention", options | {"uses_bias": False}, "x")], ["layer"]), Attention(
        6, 2, bias=False), [x(2, 4, 6)]
    yield "multi_head_attention to others", graph(one + [("y", (5, 7), False)], [node(
        "layer", "multi_head_attention", options, "x", "y")], ["layer"]), Attention(6, 2, 7), [
        x(2, 4, 6), x(2, 5, 7)]


# MARK: Whole models

class Encoder(nn.Module):
    """A transformer block under the name of ours."""

    def __init__(self, first):
        super().__init__()
        self.transformer_1 = nn.TransformerEncoderLayer(
            8, 2, 12, 0.0, batch_first=True, norm_first=first)
        self.head = nn.Linear(8, 3)

    def forward(self, x):
        return self.head(self.transformer_1(x))


def block(first):
    attend = ATTENTION | {"heads": 2, "key_size": 4}
    norm = lambda part, value: node(f"transformer_1_{part}_normalization", "layer_normalization", NORM,
                                    value)
    part = lambda name, layer, value: node(f"transformer_1_{name}", *layer, value)
    attention = lambda value: node("transformer_1_attention", "multi_head_attention", attend, value)
    total = lambda name, *values: node(f"transformer_1_{name}", "add", {}, *values)
    wide = lambda value: [part("dense_1", dense(12), value),
                          part("activation", activation("relu"), "transformer_1_dense_1"),
                          part("dense_2", dense(8), "transformer_1_activation")]
    t = "transformer_1_"
    if first:
        nodes = [norm("attention", "x"), attention(t + "attention_normalization"),
                 total("attention_sum", "x", t + "attention"), norm("dense", t + "attention_sum"),
                 *wide(t + "dense_normalization"),
                 total("dense_sum", t + "attention_sum", t + "dense_2")]
        last = t + "dense_sum"
    else:
        nodes = [attention("x"), total("attention_sum", "x", t + "attention"),
                 norm("attention", t + "attention_sum"), *wide(t + "attention_normalization"),
                 total("dense_sum", t + "attention_normalization", t + "dense_2"),
                 norm("dense", t + "dense_sum")]
        last = t + "dense_normalization"
    return graph([("x", (5, 8), False)], nodes + [node("head", *dense(3), last)], ["head"])


class Stack(nn.Module):
    """Two layers of one module, which are two nodes of ours."""

    def __init__(self, make):
        super().__init__()
        self.layers = make(3, 4, 2, batch_first=True)
        self.head = nn.Linear(4, 2)

    def forward(self, x):
        return self.head(self.layers(x)[0][:, -1])


def models():
    """A model of each kind, with the names that nnmodel writes."""
    x = torch.randn
    yield "MLP", chain((6,), dense(9), activation("relu"), dense(9), activation("tanh"), dense(2)), Plain(
        nn.Linear(6, 9), nn.ReLU(), nn.Linear(9, 9), nn.Tanh(), nn.Linear(9, 2)), [x(4, 6)]
    pool = "max_pooling_2d", {"size": [2, 2], "stride": [2, 2], "padding": "valid"}
    flatten = "flatten", {}
    yield "CNN", chain(
        (8, 6, 3), convolution(2, 4, 3, padding=1), ("batch_normalization", BATCH), activation("relu"),
        pool, convolution(2, 5, 2), activation("relu"), flatten, ("batch_normalization", BATCH),
        dense(7), activation("relu"), dense(3)), Chain(
        nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(4, 5, 2), nn.ReLU(), nn.Flatten(), nn.BatchNorm1d(30), nn.Linear(30, 7), nn.ReLU(),
        nn.Linear(7, 3)), [x(4, 8, 6, 3)]
    yield "CNN over sequences", chain(
        (9, 3), convolution(1, 4, 3), activation("relu"), flatten, dense(2)), Chain(
        nn.Conv1d(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(28, 2)), [x(4, 9, 3)]
    transposed, options = convolution(2, 2, 3, 2, output_padding=[0, 0])
    yield "decoder", chain(
        (5,), dense(24), ("batch_normalization", BATCH), activation("relu"),
        ("reshape", {"shape": [2, 3, 4]}), ("transposed_" + transposed, options)), Decoder(), [x(4, 5)]
    for kind, make, more in (("lstm", nn.LSTM, {"has_unit_forget_bias": True}),
                             ("gru", nn.GRU, {"resets_after": True})):
        options = RECURRENT | more | {"units": 4}
        yield kind.upper(), chain((5, 3), (kind, options | {"returns_sequence": False}), dense(2)), Recurrent(
            make), [x(3, 5, 3)]
    for first in (False, True):
        yield f"TransformerEncoderLayer{', norm first' if first else ''}", block(first), Encoder(
            first), [x(2, 5, 8)]


class Decoder(nn.Sequential):
    """Features that become planes."""

    def __init__(self):
        super().__init__(nn.Linear(5, 24), nn.BatchNorm1d(24), nn.ReLU(), nn.Unflatten(1, (4, 2, 3)),
                         nn.ConvTranspose2d(4, 2, 3, 2))

    def forward(self, x):
        return super().forward(x).movedim(1, -1)


class Recurrent(nn.Module):
    def __init__(self, make):
        super().__init__()
        self.add_module("0", make(3, 4, batch_first=True))
        self.add_module("1", nn.Linear(4, 2))

    def forward(self, x):
        return getattr(self, "1")(getattr(self, "0")(x)[0][:, -1])


def renamed():
    """Models with names of their own, which fit by what their modules hold and by their order."""
    x = torch.randn

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.features = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Conv2d(4, 4, 3), nn.ReLU(),
                                          nn.Conv2d(4, 4, 1))
            self.fc1 = nn.Linear(4 * 3 * 2, 6)
            self.fc2 = nn.Linear(6, 6)

        def forward(self, x):
            y = self.features(x.movedim(-1, 1)).flatten(1)
            return self.fc2(F.relu(self.fc1(y)))

    yield "CNN with other names", chain(
        (7, 6, 3), convolution(2, 4, 3), activation("relu"), convolution(2, 4, 3), activation("relu"),
        convolution(2, 4, 1), ("flatten", {}), dense(6), activation("relu"), dense(6)), Net(), [
        x(2, 7, 6, 3)]
    for kind, make, more in (("lstm", nn.LSTM, {"has_unit_forget_bias": True}),
                             ("gru", nn.GRU, {"resets_after": True})):
        options = RECURRENT | more | {"units": 4}
        yield f"{kind.upper()} of two layers", chain(
            (5, 3), (kind, options), (kind, options | {"returns_sequence": False}), dense(2)), Stack(
            make), [x(3, 5, 3)]
