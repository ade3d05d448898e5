"""Proofs that Keras loads what nnmodel writes, computes the same, and goes on training the same.

Every case is a network in words that nnmodel trains for a moment on random numbers, so that weights,
statistics and the optimizer's state are none of a beginning. It is converted to both of Keras' files,
loaded by `keras.models.load_model`, and its predictions are compared with those of `nnmodel predict`.
Errors are relative to the largest prediction.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

os.environ.setdefault("KERAS_BACKEND", "torch")

import h5py  # noqa: E402
import keras  # noqa: E402
import numpy as np  # noqa: E402

from keras_writing_cases import CASES, ROWS, STEPS, Case  # noqa: E402

TOOL = pathlib.Path(__file__).resolve().parents[2] / ".build" / "release" / "nnmodel"
EXACT = 1e-5


def run(folder, *arguments):
    """Runs nnmodel in a folder and gives what it prints."""
    result = subprocess.run(
        [str(TOOL), *map(str, arguments)], cwd=folder, capture_output=True, text=True)
    if result.returncode != 0:
        raise RuntimeError(f"nnmodel {' '.join(map(str, arguments))}: {result.stderr.strip()}")
    return result.stdout


def train(case, folder, output="model.h5", **options):
    case.write(folder, **options)
    run(folder, "train", "table.csv", "--config", "options.yaml", "-o", output, "--quiet")
    if "text" in case.inputs.values():
        with h5py.File(folder / output) as file:
            schema = json.loads(file["preprocessing/schema"][()])
        case.encode(schema["features"][0]["vocabulary"])


def predictions(case, folder, model="model.h5"):
    """Those of nnmodel, by output."""
    np.savez(folder / "inputs.npz", **case.arrays)
    run(folder, "predict", "inputs.npz", "-m", model, "-o", "outputs.npz", "--threads", 1)
    with np.load(folder / "outputs.npz") as outputs:
        return [outputs[name] for name in outputs.files]


def keras_inputs(case):
    return case.arrays if len(case.arrays) > 1 else list(case.arrays.values())[0]


def keras_predictions(case, model):
    outputs = model.predict(keras_inputs(case), verbose=0, batch_size=64)
    return outputs if isinstance(outputs, list) else [outputs]


def convert(folder, name, model="model.h5", *options):
    """Writes a file of Keras and loads it."""
    kind = "keras" if name.endswith(".keras") else "keras-h5"
    run(folder, "convert", model, name, "--to", kind, *options)
    return keras.models.load_model(folder / name)


def restore_optimizer(model, path):
    """Gives a model its optimizer's state.

    Keras 3 builds the optimizer of an HDF5 file, its own too, for no variables at all, so that training
    does not go on. Here it is made for the model's, and its weights are set in their order.
    """
    optimizer = type(model.optimizer).from_config(model.optimizer.get_config())
    optimizer.build(model.trainable_variables)
    with h5py.File(path) as file:
        group = file["optimizer_weights"]
        names = [n.decode() if isinstance(n, bytes) else n for n in group.attrs["weight_names"]]
        weights = [group[name][()] for name in names]
    if len(weights) != len(optimizer.variables):
        raise RuntimeError(f"expected {len(optimizer.variables)} weights, found {len(weights)}")
    optimizer.set_weights(weights)
    model.compile(optimizer, loss=model.loss, loss_weights=model._compile_loss._user_loss_weights)


def relative(ours, theirs):
    """The largest difference beside the largest number."""
    largest = max(float(np.max(np.abs(a))) for a in ours)
    error = 0.0
    for a, b in zip(ours, theirs, strict=True):
        if a.size != b.size:
            raise RuntimeError(f"expected {a.shape}, found {b.shape}")
        difference = np.abs(a.reshape(-1).astype(np.float64) - b.reshape(-1))
        error = max(error, float(np.max(difference)))
    return error / max(largest, 1e-30)


def layer_proofs(wanted):
    for case in CASES:
        if wanted and wanted not in case.name:
            continue
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            try:
                train(case, folder)
                ours = predictions(case, folder)
            except RuntimeError as error:
                print(f"  {case.name}: {error}", file=sys.stderr)
                yield case.name, float("inf"), EXACT
                continue
            for file in ["model.keras", "written.h5"]:
                label = f"{case.name}, {'.keras' if file.endswith('.keras') else '.h5'}"
                try:
                    model = convert(folder, file, "model.h5", *case.options)
                    yield label, relative(ours, keras_predictions(case, model)), EXACT
                except Exception as error:
                    print(f"  {label}: {str(error)[:800]}", file=sys.stderr)
                    yield label, float("inf"), EXACT


def step_proofs(wanted):
    """Ten more steps in both programs, from the state of nnmodel."""
    for case, allowed in STEPS:
        if wanted and wanted not in case.name:
            continue
        with tempfile.TemporaryDirectory() as folder_name:
            folder = pathlib.Path(folder_name)
            train(case, folder, "later.h5", epochs=17)
            train(case, folder, epochs=7)
            before, after = predictions(case, folder), predictions(case, folder, "later.h5")
            for file in ["model.keras", "written.h5"]:
                kind = ".keras" if file.endswith(".keras") else ".h5"
                label = f"ten steps of {case.name}, {kind}"
                try:
                    model = convert(folder, file)
                    if file.endswith(".h5"):
                        restore_optimizer(model, folder / file)
                    x = keras_inputs(case)
                    for _ in range(10):
                        model.train_on_batch(x, case.targets)
                    # Beside how far the steps lead.
                    moved = max(float(np.max(np.abs(a - b))) for a, b in zip(before, after))
                    largest = max(float(np.max(np.abs(a))) for a in after)
                    error = relative(after, keras_predictions(case, model)) * largest / moved
                    yield label, error, allowed
                except Exception as error:
                    print(f"  {label}: {str(error)[:800]}", file=sys.stderr)
                    yield label, float("inf"), allowed


class Stored:
    """A model of Fixtures, with numbers for its inputs."""

    def __init__(self, path):
        with h5py.File(path) as file:
            inputs = json.loads(file["model/network"][()])["inputs"]
        random = np.random.default_rng(5)
        self.arrays = {}
        for given in inputs:
            shape = (ROWS, *given["shape"])
            self.arrays[given["name"]] = (
                random.integers(0, 4, size=shape).astype(np.int32) if given["is_indices"]
                else random.normal(size=shape).astype(np.float32))


def fixture_proofs(wanted):
    """Models that stand in Fixtures: of other element types, free axes, a run under way."""
    for path in sorted((TOOL.parents[2] / "Fixtures" / "models").glob("*.h5")):
        if wanted and wanted not in path.name:
            continue
        model = Stored(path)
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            ours = predictions(model, folder, path)
            for file in ["model.keras", "written.h5"]:
                theirs = keras_predictions(model, convert(folder, file, path, "--allow-loss"))
                kind = ".keras" if file.endswith(".keras") else ".h5"
                yield f"Fixtures/models/{path.name}, {kind}", relative(ours, theirs), EXACT


def schedule_proofs(wanted):
    """The learning rates of a run beside those of the schedule that is written."""
    for unit, schedule, warmup in [
            ("step", "cosine(minimum=0.1)", 0), ("step", "cosine", 4), ("step", "constant", 4),
            ("step", "exponential(factor=0.9)", 0), ("epoch", "exponential(factor=0.9)", 0),
            ("epoch", "step(every=3, factor=0.5)", 0),
            ("epoch", "multi_step(milestones=[3, 7], factor=0.5)", 0)]:
        name = f"learning rates of {schedule}, by {unit}, warm-up {warmup}"
        if wanted and wanted not in name:
            continue
        case = Case(name, *Case.FOR_STEPS, lines=[
            f"schedule: {schedule}", f"schedule_unit: {unit}", f"warmup: {warmup}", "batch_size: 8"])
        with tempfile.TemporaryDirectory() as folder_name:
            folder = pathlib.Path(folder_name)
            train(case, folder, epochs=10)
            with h5py.File(folder / "model.h5") as file:
                rates, steps = file["history/learning_rate"][()], file["history/step"][()]
            optimizer = convert(folder, "model.keras").optimizer
            written = optimizer._learning_rate
            if isinstance(written, keras.optimizers.schedules.LearningRateSchedule):
                # A step counts from 0; the warm-up rises in another way.
                pairs = [(rate, float(written(step - 1))) for rate, step in zip(rates, steps)
                         if step > warmup]
            else:
                pairs = [(rates[-1], float(optimizer.learning_rate))]
            yield name, max(abs(a - b) / a for a, b in pairs), EXACT


def proofs(wanted=""):
    yield from layer_proofs(wanted)
    yield from fixture_proofs(wanted)
    yield from schedule_proofs(wanted)
    yield from step_proofs(wanted)


if __name__ == "__main__":
    for subject, error, allowed in proofs(*sys.argv[1:]):
        print(f"{subject:60} {error:9.2e}  {'ok' if error <= allowed else 'TOO LARGE'}", flush=True)
