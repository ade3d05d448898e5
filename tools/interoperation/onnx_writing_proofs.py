"""Writes models as ONNX with the built tool, and compares ONNX Runtime with the tool's predictions.

Every file passes onnx.checker in full. Errors are relative to the largest number that comes out.
"""

import collections
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime
import onnx_writing_networks
import onnx_writing_samples

ROOT = pathlib.Path(__file__).parents[2]
TOOL = os.environ.get("NNMODEL_TOOL", str(ROOT / ".build" / "release" / "nnmodel"))
ALLOWED = 1e-5


def run(*arguments):
    """Runs the tool; what it prints."""
    done = subprocess.run([TOOL, *map(str, arguments)], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, arguments))}: {done.stderr.strip()}")
    return done.stdout


def session(path):
    """The checked file, ready to run."""
    onnx.checker.check_model(str(path), full_check=True)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def relative(found, expected):
    """The largest difference, relative to the largest number; infinite where shapes or NaNs differ."""
    if found.shape != expected.shape or not np.isfinite(found).all():
        return float("inf")
    if not found.size:
        return 0.0
    return float(np.abs(found.astype(np.float64) - expected).max() / max(np.abs(expected).max(), 1e-30))


def inputs(runtime):
    """Numbers for the inputs of a graph: indices below 3, and masks of 0 and 1."""
    random = np.random.default_rng(9)
    batch = {}
    for value in runtime.get_inputs():
        shape = [7 if isinstance(extent, str) else extent for extent in value.shape]
        if value.type == "tensor(int32)":
            batch[value.name] = random.integers(0, 3, shape).astype(np.int32)
        elif value.name.endswith("_mask"):
            batch[value.name] = random.integers(0, 2, shape).astype(np.float32)
        else:
            batch[value.name] = random.normal(size=shape).astype(np.float32)
    return batch


def check_classes(runtime):
    """Names of classes are as many as an output has numbers."""
    widths = {output.name: output.shape[-1] for output in runtime.get_outputs()}
    for key, value in runtime.get_modelmeta().custom_metadata_map.items():
        names = json.loads(value)
        if len(names) != widths[key.removeprefix("nnmodel.classes.")]:
            raise RuntimeError(f"{key}: {names}, for outputs {widths}")


def compare(folder, model, arrays, *options):
    """The largest error of a model over several sets of arrays, random ones where there are none; what
    came out of the first."""
    run("convert", model, folder / "model.onnx", *options)
    runtime = session(folder / "model.onnx")
    check_classes(runtime)
    worst, first = 0.0, None
    for batch in arrays or [inputs(runtime)]:
        np.savez(folder / "in.npz", **batch)
        run("predict", folder / "in.npz", "-m", model, "-o", folder / "out.npz", "--threads", "1")
        names = [output.name for output in runtime.get_outputs()]
        found = dict(zip(names, runtime.run(names, batch)))
        first = first or found
        with np.load(folder / "out.npz") as expected:
            if sorted(expected.files) != sorted(names):
                raise RuntimeError(f"expected outputs {expected.files}, found {names}")
            worst = max([worst] + [relative(found[name], expected[name]) for name in names])
    return worst, first


def layers(folder):
    families = collections.OrderedDict()
    wanted = os.environ.get("NNMODEL_FAMILY", "")
    samples = [s for s in onnx_writing_samples.all_samples() if wanted in s.family]
    # Families stand together, in the order in which they begin.
    places = {}
    for sample in samples:
        places.setdefault(sample.family, len(places))
    samples.sort(key=lambda sample: (places[sample.family], len(sample.inputs[0][1])))
    for group in onnx_writing_samples.in_groups(samples):
        sample = onnx_writing_samples.joined(group)
        sample.write(folder / "model.h5")
        try:
            error, found = compare(folder, folder / "model.h5", sample.arrays())
            error = max([error] + [relative(found[name], expected)
                                   for name, expected in sample.expected.items()])
        except Exception as problem:  # One line for each, and the others all the same.
            print(f"{sample.family}: {sample.name}: {problem}", file=sys.stderr)
            error = float("inf")
        if error > ALLOWED:
            print(f"{sample.family}: {sample.name}: {error:.2e}", file=sys.stderr)
        count, worst = families.get(sample.family, (0, 0.0))
        families[sample.family] = count + len(group), max(worst, error)
    for family, (count, worst) in families.items():
        yield f"{family}, {count} layers", worst, ALLOWED


def kinds_without_sample():
    """The kinds of layers in the sources that no sample has."""
    sources = (ROOT / "Sources" / "Layers").rglob("*.swift")
    kinds = {kind for source in sources
             for kind in re.findall(r'static let kind = "(\w+)"', source.read_text())}
    return kinds - {node["kind"] for sample in onnx_writing_samples.all_samples()
                    for node in sample.nodes}


def proofs():
    missing = kinds_without_sample()
    yield f"kinds of layers without a sample {' '.join(sorted(missing))}", len(missing), 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        yield from layers(folder)
        for subject, model in onnx_writing_networks.networks(folder, run):
            yield subject, compare(folder, model, [])[0], ALLOWED
            if "normalization" in subject:
                error, _ = compare(folder, model, [], "--fold-normalization")
                graph = onnx.load(folder / "model.onnx").graph
                if any(node.op_type == "BatchNormalization" for node in graph.node):
                    raise RuntimeError(f"{subject}: a normalisation is left")
                yield f"{subject}, folded", error, ALLOWED
