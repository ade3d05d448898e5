"""Models that the real Keras saves, in all its layouts, give the same numbers here."""

import os
import pathlib
import subprocess
import tempfile

os.environ.setdefault("KERAS_BACKEND", "torch")

import keras
import keras_networks
import numpy as np

ROOT = pathlib.Path(__file__).parents[2]
TOOL = os.environ.get("NNMODEL_TOOL", str(ROOT / ".build/release/nnmodel"))
ALLOWED = 1e-5


def run(*arguments):
    result = subprocess.run([TOOL, *map(str, arguments)], capture_output=True, text=True)
    if result.returncode:
        raise RuntimeError(result.stderr.strip() or f"exit code {result.returncode}")


def predictions(path, folder, model, inputs, *more):
    """What nnmodel makes of a file, output by output."""
    ours = folder / "ours.h5"
    run("convert", path, ours, *more)
    names = [tensor._keras_history.operation.name for tensor in model.inputs]
    np.savez(folder / "inputs.npz", **dict(zip(names, inputs)))
    run("predict", folder / "inputs.npz", "--model", ours, "-o", folder / "outputs.npz", "--quiet")
    with np.load(folder / "outputs.npz") as file:
        return [file[name] for name in file.files]


def error(found, expected):
    """The largest difference relative to the largest number; infinite where shapes differ."""
    if len(found) != len(expected):
        return float("inf")
    worst = 0.0
    for own, other in zip(found, expected):
        if own.size != other.size:
            return float("inf")
        difference = np.abs(own.reshape(other.shape) - other).max()
        worst = max(worst, float(difference / max(np.abs(other).max(), 1e-12)))
    return worst


def outputs(model, inputs):
    results = model(inputs if len(inputs) > 1 else inputs[0], training=False)
    results = results if isinstance(results, list) else [results]
    return [keras.ops.convert_to_numpy(result) for result in results]


def proofs():
    keras.utils.set_random_seed(1)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for group in [keras_networks.single_layers(), keras_networks.whole_models()]:
            for name, model, inputs in group:
                expected = outputs(model, inputs)
                for suffix in [".keras", ".h5"]:
                    path = folder / f"model{suffix}"
                    model.save(path)
                    try:
                        found = predictions(path, folder, model, inputs)
                        yield f"{name} {suffix}", error(found, expected), ALLOWED
                    except RuntimeError as problem:
                        print(problem)
                        yield f"{name} {suffix}", float("inf"), ALLOWED
                if not model.weights:
                    continue
                # Weights alone, onto a graph with other ones.
                model.save_weights(folder / "only.weights.h5")
                keras_networks.stir(model, seed=99).save(folder / "graph.keras")
                try:
                    found = predictions(
                        folder / "only.weights.h5", folder, model, inputs, "--onto", folder / "graph.keras")
                    yield f"{name} .weights.h5", error(found, expected), ALLOWED
                except RuntimeError as problem:
                    print(problem)
                    yield f"{name} .weights.h5", float("inf"), ALLOWED
