"""ONNX models run by ONNX Runtime and, after `nnmodel convert`, by nnmodel: the largest difference."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import onnx

ROOT = pathlib.Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tools" / "fixtures"))

import onnx_models

TOOL = os.environ.get("NNMODEL_TOOL", str(ROOT / ".build" / "release" / "nnmodel"))
# Of the largest output: both add the same float32 numbers in different orders.
ALLOWED = 1e-5


def tool(*arguments):
    result = subprocess.run([TOOL, *arguments], capture_output=True, text=True)
    if result.returncode != 0:
        raise RuntimeError(result.stderr.strip())
    return result.stdout


def ours(array, note):
    """An array of ONNX in the layout that the report tells."""
    if "as numbers" in note:
        array = array.astype(np.float32)
    if "batch first" in note:
        array = np.moveaxis(array, 1, 0)
    return np.moveaxis(array, 1, -1) if note.startswith("channels last") else array


def layouts(model):
    """How the importer arranges inputs and outputs, by subject."""
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder) / "model.onnx"
        onnx.save(model, source)
        report = json.loads(tool("convert", str(source), str(source.with_suffix(".h5")), "--json"))
    return {entry["subject"]: entry["note"] for entry in report["entries"]}


def converted(model, arrays, folder):
    """What nnmodel computes of a model, and the report."""
    source, target = folder / "model.onnx", folder / "model.h5"
    onnx.save(model, source)
    report = json.loads(tool("convert", str(source), str(target), "--json"))
    notes = {entry["subject"]: entry["note"] for entry in report["entries"]}
    fed = {}
    for name, array in arrays.items():
        fed[name] = np.ascontiguousarray(ours(array, notes.get(f"input {name}", "")))
    np.savez(folder / "inputs.npz", **fed)
    tool("predict", str(folder / "inputs.npz"), "--model", str(target), "-o",
         str(folder / "outputs.npz"), "--quiet")
    with np.load(folder / "outputs.npz") as outputs:
        return [outputs[name] for name in outputs.files], notes


def difference(model, arrays):
    """The largest error, relative to the largest output."""
    wanted = onnx_models.run(model, arrays)
    with tempfile.TemporaryDirectory() as folder:
        found, notes = converted(model, arrays, pathlib.Path(folder))
    worst = 0.0
    assert len(wanted) == len(found), f"{len(found)} outputs of {len(wanted)}"
    for info, right, mine in zip(model.graph.output, wanted, found):
        right = ours(right, notes.get(f"output {info.name}", ""))
        assert right.shape == mine.shape, f"{info.name}: {mine.shape} for {right.shape}"
        worst = max(worst, np.abs(right - mine).max() / max(np.abs(right).max(), 1e-30))
    return float(worst)


def proofs():
    for name, model in onnx_models.cases():
        arrays = onnx_models.feeds(model, name, extents={"T": 6})
        yield name, difference(model, arrays), ALLOWED
    # Torch after ONNX Runtime: each brings its own OpenMP.
    import onnx_networks

    for name, model in onnx_networks.networks():
        yield name, difference(model, onnx_models.feeds(model, name)), ALLOWED
