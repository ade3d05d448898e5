"""Networks in words, with tables of random numbers: one for every layer that Keras has too."""

import numpy as np

ROWS = 24


class Case:
    """A network, and what it is trained on.

    Inputs are shapes by name: "text" instead of a shape is a sequence of seven words, ("mask", steps)
    steps that are there at the beginning. A target is a number, one of three classes ("class") or of two
    ("binary"), any of two labels ("labels"), or a number and a class ("both").
    """

    FOR_STEPS = (
        ["dense: {units: 9, activation: tanh}", "dense: {units: 8, activation: relu}", "output"],
        {"x": (5,)})

    def __init__(
        self, name, network, inputs=None, target="number", lines=(), options=(), top=()):
        self.name = name
        self.network = network
        self.inputs = inputs or {"x": (6,)}
        self.target = target
        self.lines = list(lines)
        self.options = list(options)
        self.top = list(top)

    def write(self, folder, epochs=2):
        random = np.random.default_rng(7)
        self.arrays, columns, inputs, kinds = {}, [], [], []
        for name, shape in self.inputs.items():
            if shape == "text":
                there = random.integers(1, 8, size=(ROWS, 1))
                self.words = [
                    [f"w{word}" for word in row[:count]] for row, count in zip(
                        random.integers(0, 8, size=(ROWS, 7)), there[:, 0])]
                columns.append((name, [" ".join(row) for row in self.words]))
                kinds.append(f"  {name}: {{kind: text, length: 7}}")
                # Filled in when the vocabulary is known.
                self.arrays[name] = np.zeros((ROWS, 7), np.int32)
                continue
            isMask = shape[0] == "mask"
            shape = shape[1:] if isMask else shape
            count = int(np.prod(shape))
            values = random.normal(size=(ROWS, count)).astype(np.float32).round(3)
            if isMask:
                there = random.integers(1, count + 1, size=(ROWS, 1))
                values = (np.arange(count) < there).astype(np.float32)
            self.arrays[name] = values.reshape(ROWS, *shape)
            columns += [(f"{name}_{i}", [f"{v:.3f}" for v in values[:, i]]) for i in range(count)]
            inputs.append(
                f"  {name}: {{columns: {name}_0..{name}_{count - 1}, "
                f"shape: {'x'.join(map(str, shape))}, scaling: none}}")
        columns += self.labels(random)
        rows = [",".join(column[i] for _, column in columns) for i in range(ROWS)]
        header = ",".join(name for name, _ in columns)
        (folder / "table.csv").write_text("\n".join([header] + rows) + "\n")
        options = {
            "target": {"labels": "a,b", "both": "a,b"}.get(self.target, "target"),
            "task": {"number": "regression", "labels": "labels", "both": ""}.get(
                self.target, "classification"),
            "target_scaling": "none", "batch_size": "all", "schedule": "constant", "warmup": 0,
            "validation_split": 0, "optimizer": "adam", "learning_rate": 0.01, "epochs": epochs,
            "threads": 1,
        }
        for line in self.lines:
            name, value = line.split(": ", 1)
            options[name] = value
        text = [f"{name}: {value}" for name, value in options.items() if value != ""]
        if inputs:
            text += ["input:", *inputs]
        if kinds:
            text += ["columns:", *kinds]
        text += ["network:", *[f"  - {layer}" for layer in self.network]]
        (folder / "options.yaml").write_text("\n".join(text) + "\n")


    def labels(self, random):
        """The columns of targets; keeps what Keras takes."""
        numbers = random.normal(size=(ROWS, 1)).astype(np.float32).round(3)
        if "target_scaling" in " ".join(self.lines):
            numbers = (numbers * 7 + 30).round(3)
        written = [f"{value[0]:.3f}" for value in numbers]
        classes = np.arange(ROWS) % (2 if self.target == "binary" else 3)
        names = [f"c{value}" for value in classes]
        if self.target == "number":
            self.targets = numbers
            return [("target", written)]
        if self.target == "labels":
            marks = random.integers(0, 2, size=(ROWS, 2))
            self.targets = marks.astype(np.float32)
            return [("a", [str(mark) for mark in marks[:, 0]]),
                    ("b", [str(mark) for mark in marks[:, 1]])]
        if self.target == "both":
            self.targets = [numbers, classes]
            return [("a", written), ("b", names)]
        self.targets = classes
        return [("target", names)]

    def encode(self, vocabulary):
        """Fills in the words' indices: 0 for none, 1 for unknown ones, then the vocabulary."""
        for name, shape in self.inputs.items():
            if shape == "text":
                for row, words in enumerate(self.words):
                    for place, word in enumerate(words):
                        self.arrays[name][row, place] = vocabulary.index(word) + 2


def plane(name, *layers, shape=(7, 6, 2), **options):
    """Layers over a plane, with a dense layer behind them."""
    return Case(name, [*layers, "flatten", "output"], {"x": shape}, **options)


def series(name, *layers, shape=(9, 3), **options):
    """Layers over a sequence, with a dense layer behind them."""
    return Case(name, [*layers, "flatten", "output"], {"x": shape}, **options)


def convolutions():
    for axes, make, size, stride, dilation, border in [
            (1, series, 3, 2, 2, "[[1, 2]]"), (2, plane, "[3, 2]", 2, 2, "[[1, 0], [2, 1]]")]:
        kind = f"convolution_{axes}d"
        paddings = ["valid", "same", border] + (["causal"] if axes == 1 else [])
        for padding in paddings:
            yield make(
                f"{kind} {padding}",
                f"{kind}: {{filters: 4, kernel_size: {size}, padding: {padding}}}")
            yield make(
                f"{kind} {padding} stride",
                f"{kind}: {{filters: 4, kernel_size: {size}, padding: {padding}, stride: {stride}}}")
            yield make(
                f"{kind} {padding} dilation",
                f"{kind}: {{filters: 4, kernel_size: {size}, padding: {padding}, "
                f"dilation: {dilation}, uses_bias: false}}")
            yield make(
                f"{kind} {padding} stride dilation",
                f"{kind}: {{filters: 4, kernel_size: {size}, padding: {padding}, "
                f"stride: {stride}, dilation: {dilation}}}")
            for other in ["depthwise", "separable"]:
                filters = "filters: 4, " if other == "separable" else ""
                yield make(
                    f"{other}_{kind} {padding}",
                    f"{other}_{kind}: {{{filters}kernel_size: {size}, multiplier: 2, "
                    f"padding: {padding}}}")
            yield make(
                f"depthwise_{kind} {padding} stride",
                f"depthwise_{kind}: {{kernel_size: {size}, padding: {padding}, stride: {stride}}}")
        yield make(
            f"{kind} groups", f"{kind}: {{filters: 4, kernel_size: {size}, groups: 2}}",
            shape=(9, 4) if axes == 1 else (7, 6, 4))
        for padding in ["valid", "same", border]:
            for stride in [1, 2, 3]:
                yield make(
                    f"transposed_{kind} {padding} stride {stride}",
                    f"transposed_{kind}: {{filters: 3, kernel_size: {size}, padding: {padding}, "
                    f"stride: {stride}}}")
        yield make(
            f"transposed_{kind} output padding",
            f"transposed_{kind}: {{filters: 3, kernel_size: {size}, stride: 2, "
            f"output_padding: {'[1]' if axes == 1 else '[1, 0]'}}}")
        yield make(
            f"transposed_{kind} dilation",
            f"transposed_{kind}: {{filters: 3, kernel_size: {size}, dilation: 2}}")
        for pooling in ["max", "average"]:
            pool = f"{pooling}_pooling_{axes}d"
            for padding in ["valid", "same"] + ([border] if pooling == "max" else []):
                wide = "[3]" if axes == 1 else "[3, 3]"
                yield make(f"{pool} {padding}", f"{pool}: {{size: {wide}, padding: {padding}}}")
                yield make(
                    f"{pool} {padding} stride", f"{pool}: {{size: {wide}, padding: {padding}, "
                    f"stride: {'[2]' if axes == 1 else '[2, 1]'}}}")
        for padding in ["same", border]:
            wide = "[3]" if axes == 1 else "[3, 3]"
            yield make(
                f"average_pooling_{axes}d {padding} counting",
                f"average_pooling_{axes}d: {{size: {wide}, padding: {padding}, "
                f"counts_padding: true}}")
            yield make(
                f"average_pooling_{axes}d {padding} not counting",
                f"average_pooling_{axes}d: {{size: {wide}, padding: {padding}, "
                f"stride: {'[2]' if axes == 1 else '[2, 1]'}}}")
            yield make(
                f"max_pooling_{axes}d {padding} of large windows",
                f"max_pooling_{axes}d: {{size: {wide}, padding: {padding}, "
                f"stride: {'[1]' if axes == 1 else '[1, 1]'}}}")
        alike = "[[1, 1]]" if axes == 1 else "[[1, 1], [1, 1]]"
        wide = "[3]" if axes == 1 else "[3, 3]"
        yield make(
            f"{kind} {alike} as same",
            f"{kind}: {{filters: 4, kernel_size: {wide}, padding: {alike}}}")
        yield make(f"zero_padding_{axes}d", f"zero_padding_{axes}d: {{cells: {border}}}")
        yield make(f"cropping_{axes}d", f"cropping_{axes}d: {{cells: {border}}}")
        for pooling in ["max", "average"]:
            yield Case(
                f"global_{pooling}_pooling {axes}d", [f"global_{pooling}_pooling", "output"],
                {"x": (9, 3) if axes == 1 else (7, 6, 2)})
    yield series("upsampling_1d", "upsampling_1d: {factor: [3]}")
    yield plane("upsampling_2d", "upsampling_2d: {factor: [3, 2]}")
    yield plane(
        "upsampling_2d bilinear", "upsampling_2d: {factor: [2, 3], interpolation: bilinear}")


def recurrent():
    kinds = {
        "simple_recurrent": ["", "activation: relu"], "lstm": [""],
        "gru": ["", "resets_after: false"]}
    for kind, forms in kinds.items():
        for form in forms:
            for options in [
                    "", "returns_sequence: true", "goes_backwards: true",
                    "returns_sequence: true, goes_backwards: true", "uses_bias: false"]:
                words = ", ".join(word for word in ["units: 5", form, options] if word)
                yield series(f"{kind} {form} {options}", f"{kind}: {{{words}}}")
            words = f"units: 5{', ' + form if form else ''}"
            yield Case(
                f"{kind} {form} masked",
                [f"{kind}: {{{words}, is_masked: true, returns_sequence: true, from: [x, m]}}",
                 f"{kind}: {{{words}, is_masked: true, from: [{kind}_1, m]}}", "output"],
                {"x": (6, 2), "m": ("mask", 6)})
            states = "[x, s, s2]" if kind == "lstm" else "[x, s]"
            yield Case(
                f"{kind} {form} initial state",
                ["dense: {units: 5, from: s0, name: s}", "dense: {units: 5, from: s0, name: s2}"][
                    : 2 if kind == "lstm" else 1]
                + [f"{kind}: {{{words}, has_initial_state: true, from: {states}}}", "output"],
                {"x": (6, 2), "s0": (3,)})
            for merge in ["concatenate", "sum", "average", "multiply"]:
                yield series(
                    f"bidirectional {kind} {form} {merge}",
                    f"bidirectional: {{layer: {{{kind}: {{{words}, returns_sequence: true}}}}, "
                    f"merge: {merge}}}")
            yield Case(
                f"bidirectional {kind} {form} masked",
                [f"bidirectional: {{layer: {{{kind}: {{{words}, is_masked: true}}}}, "
                 "from: [x, m]}", "output"], {"x": (6, 2), "m": ("mask", 6)})


def attention():
    for options in ["", "value_size: 3", "is_causal: true", "uses_bias: false"]:
        words = f"heads: 2, key_size: 4{', ' + options if options else ''}"
        yield series(f"multi_head_attention {options}", f"multi_head_attention: {{{words}}}")
    yield Case(
        "multi_head_attention masked",
        ["multi_head_attention: {heads: 2, key_size: 4, is_masked: true, is_causal: true, "
         "from: [x, m]}", "flatten", "output"], {"x": (6, 4), "m": ("mask", 6)})
    yield Case(
        "multi_head_attention of two",
        ["multi_head_attention: {heads: 2, key_size: 4, from: [x, y]}", "flatten", "output"],
        {"x": (6, 4), "y": (5, 3)})
    yield Case(
        "multi_head_attention of three",
        ["multi_head_attention: {heads: 2, key_size: 4, from: [x, y, z]}", "flatten", "output"],
        {"x": (6, 4), "y": (5, 3), "z": (5, 2)})
    yield series("positional_embedding", "positional_embedding: 12")
    yield series("positional_encoding", "positional_encoding")
    yield Case(
        "masked_average", ["masked_average: {from: [x, m]}", "output"],
        {"x": (6, 4), "m": ("mask", 6)})
    yield Case(
        "embedding, mask and transformer",
        ["sequence_mask: {from: t, name: mask}", "embedding: {dimension: 8, from: t}",
         "positional_embedding: {length: 7, name: words}",
         "transformer_encoder: {heads: 2, units: 16, from: [words, mask], name: first}",
         "masked_average: {from: [first, mask]}", "output"], {"t": "text"}, target="class")
    yield Case(
        "embedding and lstm", ["embedding: {dimension: 4, from: t}", "lstm: 5", "output"],
        {"t": "text"}, target="binary")
    yield Case(
        "sequence_mask as numbers",
        ["sequence_mask: {from: t}", "dense: 4", "output"], {"t": "text"})


def others():
    for function in [
            "identity", "sigmoid", "tanh", "relu", "leaky_relu", "elu", "selu", "silu", "gelu",
            "gelu_tanh", "softplus", "hard_sigmoid", "hard_swish", "relu6", "softsign",
            "exponential", "mish", "softmax"]:
        yield Case(f"activation {function}", ["dense: 5", function, "output"])
    yield Case("leaky_relu slope", ["activation: {function: leaky_relu, slope: 0.3}", "output"])
    yield Case("elu slope", ["activation: {function: elu, slope: 0.7}", "output"])
    yield Case("hard_sigmoid slope", ["activation: {function: hard_sigmoid, slope: 0.2}", "output"])
    yield Case("dense without bias", ["dense: {units: 4, uses_bias: false}", "output"])
    yield series("dense of a sequence", "dense: 4")
    yield Case("prelu", ["dense: 5", "prelu", "output"])
    yield plane("prelu of a plane", "prelu")
    yield plane("prelu of elements", "prelu: {shares_positions: false}")
    for options in ["", "uses_scale: false", "uses_shift: false"]:
        word = f": {{{options}}}" if options else ""
        for kind in ["batch_normalization", "layer_normalization"]:
            yield plane(f"{kind} {options}", f"{kind}{word}")
            yield Case(f"{kind} of a vector {options}", [f"{kind}{word}", "output"])
        more = f", {options}" if options else ""
        yield plane(
            f"group_normalization {options}", f"group_normalization: {{groups: 2{more}}}",
            shape=(5, 4, 6))
    yield Case("group_normalization of a vector", ["group_normalization: 2", "output"])
    yield series("rms_normalization", "rms_normalization")
    yield series("rms_normalization without scale", "rms_normalization: {uses_scale: false}")
    yield series("normalization", "normalization")
    yield series("rescaling", "rescaling: {scale: 0.3, offset: 0.1}")
    yield Case("dropout", ["dropout: 0.3", "output"])
    yield plane("spatial_dropout of a plane", "spatial_dropout: 0.3")
    yield series("spatial_dropout of a sequence", "spatial_dropout: 0.3")
    yield Case("spatial_dropout of a vector", ["spatial_dropout: 0.3", "output"])
    yield Case("gaussian_noise", ["gaussian_noise: 0.3", "output"])
    yield plane("permute", "permute: [2, 0, 1]", "dense: 3")
    yield plane("reshape", "reshape: [6, -1]", "dense: 3")
    yield Case("repeat", ["repeat: 3", "lstm: 4", "output"])
    yield series("repeat of a sequence", "repeat: 3", "convolution_2d: 2")
    for words in [
            "axis: 0, start: 1, stop: -2", "axis: 0, start: 2", "axis: 0, start: -4",
            "axis: 0, start: 1, step: 2", "axis: 1, start: 1", "axis: -1, start: 0, stop: 2",
            "axis: 0, stop: 100"]:
        yield series(f"slice {words}", f"slice: {{{words}}}")
    yield plane("slice of a plane", "slice: {axis: 1, start: 1, stop: 4}")
    for kind in ["add", "subtract", "multiply", "average", "maximum", "minimum", "concatenate"]:
        yield Case(
            kind, ["dense: {units: 4, name: a}", "dense: {units: 4, name: b, from: x}",
                   f"{kind}: {{from: [a, b]}}", "output"])
    yield Case(
        "concatenate of three along the first axis",
        ["concatenate: {from: [x, y, z], axis: 0}", "lstm: 3", "output"],
        {"x": (2, 3), "y": (4, 3), "z": (1, 3)})
    yield Case(
        "add of repeated axes", ["add: {from: [x, y]}", "flatten", "output"],
        {"x": (4, 3), "y": (1, 3)})


def graphs():
    yield Case(
        "odd names",
        ["dense: {units: 4, name: \"a b ü 'q' {x}\", from: x}", "dense: {units: 3, name: vars}",
         "dense: {units: 3, name: layers}", "output"])
    yield Case(
        "names like those of layers beside",
        ["convolution_1d: {filters: 3, kernel_size: 3, padding: [[2, 0]], name: c}",
         "flatten: {name: c_padding}", "dense: {units: 3, name: output_softmax}", "output"],
        {"x": (6, 2)}, target="class")
    yield Case(
        "shared layer", ["dense: {units: 4, from: x, name: a}",
                         "dense: {units: 4, from: y, name: b, share: a}",
                         "subtract: {from: [a, b]}", "output"], {"x": (5,), "y": (5,)})
    yield Case(
        "residual and branches of one class",
        ["dense: {units: 4, name: a, from: x}", "dense: {units: 4, name: b, from: a}",
         "dense: {units: 4, name: c, from: x}", "add: {from: [b, c], name: s}",
         "dense: {units: 4, name: d, from: s}", "dense: {units: 4, name: e, from: y}",
         "dense: {units: 4, name: f, from: a}", "concatenate: {from: [e, d, f, b]}", "output"],
        {"x": (5,), "y": (3,)})
    yield Case(
        "scaled target", ["dense: {units: 5, activation: relu}", "output"],
        lines=["target_scaling: standard"])
    yield Case(
        "two outputs, scaled", ["dense: {units: 5, activation: relu, name: h}", "output: a",
                                "output: {target: b, from: h}"], target="both",
        lines=["target_scaling: min-max"])
    yield Case("classes", ["dense: {units: 5, activation: relu}", "output"], target="class")
    yield Case(
        "shared recurrent layer with masks",
        ["lstm: {units: 4, is_masked: true, from: [x, m], name: a}",
         "lstm: {units: 4, is_masked: true, from: [y, n], name: b, share: a}",
         "concatenate: {from: [a, b]}", "output"],
        {"x": (5, 2), "m": ("mask", 5), "y": (5, 2), "n": ("mask", 5)})
    yield Case(
        "tied kernel", ["dense: {units: 6, name: a}",
                        "dense: {units: 6, name: b, tie: {kernel: a/kernel}}", "output"],
        options=["--allow-loss"])
    yield Case("labels", ["dense: {units: 5, activation: relu}", "output"], target="labels")
    yield Case(
        "two outputs", ["dense: {units: 5, activation: relu, name: h}", "output: a",
                        "output: {target: b, from: h}"], target="both")
    yield Case("two classes", ["dense: {units: 5, activation: relu}", "output"], target="binary")


CASES = [*others(), *convolutions(), *recurrent(), *attention(), *graphs()]

def stepping():
    """Whole networks, for the slots of all their parameters."""
    yield Case(
        "adam, convolution",
        ["convolution_2d: {filters: 3, kernel_size: 3, activation: relu}",
         "batch_normalization: {follows_unbiased_variance: false}", "separable_convolution_2d: 4",
         "prelu", "depthwise_convolution_2d: {kernel_size: [2, 2]}", "group_normalization: 2",
         "flatten", "output"], {"x": (7, 7, 2)}, target="class")
    yield Case(
        "adam, recurrence",
        ["gru: {units: 4, returns_sequence: true}",
         "bidirectional: {layer: {gru: {units: 3, returns_sequence: true}}}",
         "layer_normalization", "rms_normalization", "simple_recurrent: 4", "output"],
        {"x": (6, 3)})
    yield Case(
        "momentum, lstm in both directions",
        ["bidirectional: {layer: {lstm: 3}, merge: sum}", "output"], {"x": (6, 3)},
        lines=["optimizer: momentum", "learning_rate: 0.05"])
    yield Case(
        "adam, transformer",
        ["sequence_mask: {from: t, name: mask}", "embedding: {dimension: 8, from: t}",
         "positional_embedding: {length: 9, name: words}",
         "transformer_encoder: {heads: 2, units: 16, dropout: 0, from: [words, mask], name: first}",
         "masked_average: {from: [first, mask]}", "output"], {"t": "text"}, target="class")
    yield Case(
        "rmsprop, transformer, penalties and decay",
        ["multi_head_attention: {heads: 2, key_size: 3}", "flatten", "output"], {"x": (5, 4)},
        lines=["optimizer: rmsprop", "l1: 0.01", "l2: 0.02", "weight_decay: 0.05"])
    yield Case(
        "adam, shared layer", ["dense: {units: 4, from: x, name: a}",
                               "dense: {units: 4, from: y, name: b, share: a}",
                               "multiply: {from: [a, b]}", "output"], {"x": (5,), "y": (5,)})
    yield Case(
        "sgd, labels", ["dense: {units: 5, activation: relu}", "output"], target="labels",
        lines=["optimizer: sgd", "learning_rate: 0.1"])
    yield Case(
        "sgd, focal labels", ["dense: {units: 5, activation: relu}", "output"], target="labels",
        lines=["optimizer: sgd", "learning_rate: 0.1", "loss: binary_focal(gamma=1.5, alpha=0.3)"])
    yield Case(
        "sgd, two outputs", ["dense: {units: 5, activation: relu, name: h}", "output: a",
                             "output: {target: b, from: h}"], target="both",
        lines=["optimizer: sgd", "learning_rate: 0.1", "loss_weights: a=0.5"])


# Optimizers, and how far ten steps may lead apart, beside how far they lead.
STEPS = [
    ("gradient_descent", ["optimizer: gradient_descent", "learning_rate: 0.1"], 1e-4),
    ("sgd", ["optimizer: sgd", "learning_rate: 0.1"], 1e-4),
    ("sgd with decay", ["optimizer: sgd", "learning_rate: 0.1", "weight_decay: 0.1"], 1e-4),
    ("momentum", ["optimizer: momentum", "learning_rate: 0.05"], 1e-4),
    ("momentum with decay", ["optimizer: momentum", "learning_rate: 0.05", "weight_decay: 0.1"],
     1e-4),
    ("nesterov", ["optimizer: nesterov", "learning_rate: 0.05"], 1e-4),
    ("adagrad", ["optimizer: adagrad", "learning_rate: 0.05"], 1e-4),
    ("rmsprop", ["optimizer: rmsprop", "learning_rate: 0.01"], 1e-3),
    ("rmsprop with momentum", ["optimizer: rmsprop", "learning_rate: 0.01", "momentum: 0.8"], 1e-3),
    ("adam", ["optimizer: adam"], 1e-4),
    ("adam with decay", ["optimizer: adam", "weight_decay: 0.1"], 1e-4),
    ("adamw", ["optimizer: adamw", "weight_decay: 0.1"], 1e-4),
    ("adam, penalties", ["optimizer: adam", "l1: 0.01", "l2: 0.1"], 1e-4),
    ("sgd, clipped by norm", ["optimizer: sgd", "learning_rate: 0.1", "clip_norm: 0.3"], 1e-4),
    ("sgd, clipped by value", ["optimizer: sgd", "learning_rate: 0.1", "clip_value: 0.05"], 1e-4),
    ("sgd, exponential", ["optimizer: sgd", "learning_rate: 0.2", "schedule: exponential(factor=0.8)",
                          "schedule_unit: step"], 1e-4),
    ("sgd, step", ["optimizer: sgd", "learning_rate: 0.2", "schedule: step(every=4, factor=0.5)",
                   "schedule_unit: epoch"], 1e-4),
    ("sgd, multi_step", ["optimizer: sgd", "learning_rate: 0.2",
                         "schedule: multi_step(milestones=[9, 12], factor=0.5)"], 1e-4),
    ("sgd, huber", ["optimizer: sgd", "learning_rate: 0.1", "loss: huber(delta=0.5)"], 1e-4),
    ("sgd, smooth_l1", ["optimizer: sgd", "learning_rate: 0.1", "loss: smooth_l1(beta=0.5)"], 1e-4),
    ("sgd, mean_absolute_error", ["optimizer: sgd", "learning_rate: 0.1",
                                  "loss: mean_absolute_error"], 1e-4),
]
SCALED = ["optimizer: sgd", "learning_rate: 0.1", "target_scaling: standard"]
STEPS += [
    ("sgd, scaled target", SCALED, 1e-4),
    ("sgd, scaled target, mean_absolute_error", [*SCALED, "loss: mean_absolute_error"], 1e-4),
    ("sgd, scaled target, huber", [*SCALED, "loss: huber(delta=0.7)"], 1e-4),
    ("sgd, scaled target, smooth_l1", [*SCALED, "loss: smooth_l1(beta=0.7)"], 1e-4),
    ("adam, scaled target between 0 and 1, penalties",
     ["optimizer: adam", "target_scaling: min-max", "l2: 0.1"], 1e-4),
]
STEPS = [
    (Case(name, *Case.FOR_STEPS, lines=lines), allowed) for name, lines, allowed in STEPS
] + [(case, 1e-3) for case in stepping()]
