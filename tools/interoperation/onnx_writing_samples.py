"""Networks of one layer, for the proofs of what is written as ONNX.

A sample has a family, a name, and the arguments of `model_files.write`, with arrays for its inputs. The
layers of Fixtures/layers, recorded from Keras and PyTorch, are samples too, with what came out there.
"""

import json
import pathlib

import model_files
import numpy as np
import onnx_writing_layers

FIXTURES = pathlib.Path(__file__).parents[2] / "Fixtures" / "layers"
ROWS = 5


class Sample:
    def __init__(self, family, name, inputs, nodes, outputs, weights, links=None, others=(),
                 expected=None):
        self.family, self.name = family, name
        # Name, array, free axes.
        self.inputs = inputs
        self.nodes, self.outputs, self.weights, self.links = nodes, outputs, weights, links
        # Arrays of other extents, for free axes.
        self.others = others
        # What has to come out, by the name of the output.
        self.expected = expected or {}

    def write(self, path):
        described = [
            model_files.graph_input(name, array.shape[1:], free, array.dtype == np.int32)
            for name, array, free in self.inputs]
        model_files.write(path, described, self.nodes, self.outputs, self.weights, self.links)

    def arrays(self):
        yield {name: array for name, array, _ in self.inputs}
        yield from self.others


def joined(samples):
    """Samples as one network with as many outputs, for a run of the tool costs more than a layer."""
    if len(samples) == 1:
        return samples[0]

    def renamed(node, prefix):
        return node | {"name": prefix + node["name"], "inputs": [prefix + i for i in node["inputs"]]}

    parts = [(f"part{place}_", sample) for place, sample in enumerate(samples)]
    return Sample(
        samples[0].family, " | ".join(sample.name for sample in samples),
        [(prefix + name, array, free) for prefix, s in parts for name, array, free in s.inputs],
        [renamed(node, prefix) for prefix, s in parts for node in s.nodes],
        [prefix + output for prefix, s in parts for output in s.outputs],
        {prefix + path: array for prefix, s in parts for path, array in s.weights.items()},
        expected={prefix + name: array for prefix, s in parts for name, array in s.expected.items()})


def in_groups(samples, most=4):
    """Samples of one family and as many rows, some at a time; those of free extents one by one."""
    group = []
    for sample in samples:
        key = lambda s: (s.family, len(s.inputs[0][1]))
        if group and (key(group[0]) != key(sample) or len(group) == most or sample.others
                      or group[0].others):
            yield group
            group = []
        group.append(sample)
    yield group


class Maker:
    """Arrays of one stream, so that every sample is the same each time."""

    def __init__(self, seed):
        self.random = np.random.default_rng(seed)

    def numbers(self, *shape, scale=1.0):
        return (self.random.normal(size=shape) * scale).astype(np.float32)

    def weight(self, name, shape):
        if "variance" in name or name == "scale":
            return self.random.uniform(0.3, 2, shape).astype(np.float32)
        return self.numbers(*shape, scale=0.6)

    def mask(self, rows, time):
        seen = (self.random.uniform(size=(rows, time)) < 0.6).astype(np.float32)
        seen[0] = 1
        seen[1] = 0  # Nothing is there.
        seen[2, 0], seen[2, -1] = 0, 1
        return seen

    def layer(self, family, kind, options, shapes, parameters=None, masks=(), indices=None, free=(),
              behind=None, name=None, other_shapes=None):
        """A network of one layer.

        `shapes` are those of an example; `masks` the places of masks; `indices` how many there are where
        the input is indices; `behind` nodes and weights of a layer before it; `other_shapes` those of
        further batches.
        """

        def array(place, shape, rows):
            if place in masks:
                return self.mask(rows, shape[0])
            if indices:
                return self.random.integers(0, indices, (rows, *shape)).astype(np.int32)
            return self.numbers(rows, *shape)

        names = [f"input_{place}" for place in range(len(shapes))]
        inputs = [(names[place], array(place, shape, ROWS), [a for a in free if a < len(shape)])
                  for place, shape in enumerate(shapes)]
        others = [
            {names[place]: array(place, shape, 3) for place, shape in enumerate(other)}
            for other in other_shapes or []]
        weights = {f"layer/{key}": self.weight(key, shape)
                   for key, shape in (parameters or {}).items()}
        nodes, sources = [], list(names)
        if behind:
            before, more, sources = behind
            nodes += before
            weights |= more
        nodes.append(model_files.node("layer", kind, sources, options))
        return Sample(family, name or f"{kind} {options}", inputs, nodes, ["layer"], weights,
                      others=others)


def recorded():
    """Layers of Keras and PyTorch with what came out there."""
    for source in ("keras", "pytorch"):
        records = json.loads((FIXTURES / f"{source}.json").read_text())["records"]
        array = lambda tensor: np.array(tensor["values"], np.float32).reshape(tensor["shape"])
        for index, record in enumerate(records):
            inputs = [(f"input_{place}", array(value), [])
                      for place, value in enumerate(record["inputs"])]
            weights = {f"layer/{name}": array(value) for name, value in record["parameters"].items()}
            pointwise = "layer/pointwise_kernel"
            if pointwise in weights:  # Keras has it with the axes of a window.
                weights[pointwise] = weights[pointwise].reshape(weights[pointwise].shape[-2:])
            yield Sample(
                f"recorded from {source}", f"{record['kind']} {index} {record['options']}", inputs,
                [model_files.node("layer", record["kind"], [i[0] for i in inputs], record["options"])],
                ["layer"], weights, expected={"layer": array(record["outputs"])})


def all_samples():
    for seed, family in enumerate(onnx_writing_layers.FAMILIES):
        yield from family(Maker(seed))
    yield from recorded()
