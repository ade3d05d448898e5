"""Proves what nnmodel reads of PyTorch, safetensors and NumPy, and what it writes for them.

Every layer and a model of each kind: PyTorch's weights are read from both formats, and the outputs
compared with PyTorch's; what nnmodel writes is loaded by PyTorch, strictly, and compared again. Then the
state of optimizers: PyTorch goes on for ten steps from a checkpoint that nnmodel has read and written.
"""

import copy
import json
import pathlib
import subprocess
import tempfile

import numpy as np
import pytorch_layers as cases
import safetensors.torch
import torch

TOOL = pathlib.Path(__file__).parents[2] / ".build" / "release" / "nnmodel"
GRAPH = "nnmodel.graph"
ALLOWED = 1e-5


def run(*arguments):
    result = subprocess.run([TOOL, *map(str, arguments)], capture_output=True, text=True)
    if result.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, arguments))}: {result.stderr.strip()}")
    return result.stdout


def error(found, expected):
    """The largest difference, relative to what is expected where that is large."""
    found, expected = np.asarray(found, np.float64), np.asarray(expected, np.float64)
    if found.shape != expected.shape:
        raise RuntimeError(f"expected the shape {expected.shape}, found {found.shape}")
    return float(np.max(np.abs(found - expected) / np.maximum(1, np.abs(expected)), initial=0))


def metadata(network):
    text = json.dumps({"network": network, "links": ["identity"] * len(network["outputs"])})
    return {"format": "pt", GRAPH: text}


def architecture(network, module, folder):
    """A model file with the graph and other weights."""
    zeros = {name: torch.zeros_like(tensor) for name, tensor in module.state_dict().items()}
    safetensors.torch.save_file(zeros, folder / "zeros.safetensors", metadata(network))
    run("convert", folder / "zeros.safetensors", folder / "zeros.h5")
    return folder / "zeros.h5"


def predict(network, model, inputs, folder):
    arrays = {entry["name"]: x.numpy() for entry, x in zip(network["inputs"], inputs)}
    np.savez(folder / "inputs.npz", **arrays)
    run("predict", folder / "inputs.npz", "-m", model, "-o", folder / "outputs.npz", "--quiet")
    with np.load(folder / "outputs.npz") as outputs:
        found = outputs[network["outputs"][0]]
    (folder / "outputs.npz").unlink()
    return found


def loaded(module, path):
    """A copy of a module with the weights of a file and none of its own."""
    copied = copy.deepcopy(module)
    for tensor in copied.state_dict().values():
        tensor.zero_()
    if path.suffix == ".safetensors":
        state = safetensors.torch.load_file(path)
    else:
        state = torch.load(path, weights_only=True)
    copied.load_state_dict(state, strict=True)
    return copied.eval()


def compare(name, network, module, inputs, folder, writes=True):
    with torch.no_grad():
        expected = module(*inputs).numpy()
    onto = architecture(network, module, folder)
    state = module.state_dict()
    safetensors.torch.save_file(state, folder / "in.safetensors", {"format": "pt"})
    torch.save(state, folder / "in.pt")
    for source in ("in.safetensors", "in.pt"):
        suffix = pathlib.Path(source).suffix[1:]
        run("convert", folder / source, folder / "model.h5", "--onto", onto)
        yield f"{name}: {suffix} in", error(
            predict(network, folder / "model.h5", inputs, folder), expected), ALLOWED
    if not writes:
        return
    for target in ("out.safetensors", "out.pt"):
        run("convert", folder / "model.h5", folder / target)
        with torch.no_grad():
            found = loaded(module, folder / target)(*inputs).numpy()
        yield f"{name}: {pathlib.Path(target).suffix[1:]} out", error(found, expected), ALLOWED
    run("convert", folder / "model.h5", folder / "out.npz")
    with np.load(folder / "out.npz") as arrays:
        np.savez(folder / "again.npz", **arrays)
    run("convert", folder / "again.npz", folder / "again.h5", "--onto", onto)
    yield f"{name}: npz out and in", error(
        predict(network, folder / "again.h5", inputs, folder),
        predict(network, folder / "model.h5", inputs, folder)), 0
    run("convert", folder / "out.safetensors", folder / "again.h5")
    yield f"{name}: back without --onto", error(
        predict(network, folder / "again.h5", inputs, folder), expected), ALLOWED


# MARK: Optimizers

OPTIMIZERS = {
    "Adam": lambda p: torch.optim.Adam(p, lr=0.01, weight_decay=0.02),
    "AdamW": lambda p: torch.optim.AdamW(p, lr=0.01, betas=(0.8, 0.95)),
    "SGD": lambda p: torch.optim.SGD(p, lr=0.05),
    "SGD with momentum": lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.8, weight_decay=0.01),
    "SGD with Nesterov": lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.8, nesterov=True),
    "RMSprop": lambda p: torch.optim.RMSprop(p, lr=0.01, alpha=0.9),
    "RMSprop with momentum": lambda p: torch.optim.RMSprop(p, lr=0.01, momentum=0.7),
    "Adagrad": lambda p: torch.optim.Adagrad(p, lr=0.05),
}


def steps(module, optimizer, batches):
    for x, y in batches:
        optimizer.zero_grad()
        (module(x) - y).square().mean().backward()
        optimizer.step()


def optimizers(folder):
    """Five steps, through nnmodel and back, and ten more: as without nnmodel between."""
    for kind, make in OPTIMIZERS.items():
        for name, network, module, inputs in cases.models():
            if name not in ("MLP", "CNN", "GRU", "TransformerEncoderLayer"):
                continue
            torch.manual_seed(5)
            module.train()
            batch = lambda: (torch.randn_like(inputs[0]), torch.randn_like(module(inputs[0])))
            batches = [batch() for _ in range(15)]
            optimizer = make(module.parameters())
            steps(module, optimizer, batches[:5])
            torch.save({"model": module.state_dict(), "optimizer": optimizer.state_dict(), "epoch": 1},
                       folder / "in.pt")
            onto = architecture(network, module, folder)
            run("convert", folder / "in.pt", folder / "model.h5", "--onto", onto)
            run("verify", folder / "model.h5")
            run("convert", folder / "model.h5", folder / "out.pt")
            saved = torch.load(folder / "out.pt", weights_only=True)
            other = copy.deepcopy(module)
            for tensor in other.state_dict().values():
                tensor.zero_()
            if saved.keys() == {"model", "optimizer"}:
                other.load_state_dict(saved["model"])
                continued = make(other.parameters())
                continued.load_state_dict(saved["optimizer"])
            else:
                # Plain SGD keeps nothing.
                other.load_state_dict(saved)
                continued = make(other.parameters())
            steps(module, optimizer, batches[5:])
            steps(other, continued, batches[5:])
            # Counts of batches have no influence, and are not kept.
            worst = max(error(a.detach().numpy(), b.detach().numpy()) for a, b in
                        zip(other.state_dict().values(), module.state_dict().values())
                        if a.is_floating_point())
            yield f"{kind}, ten more steps of {name}", worst, 1e-6


def proofs():
    torch.manual_seed(3)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for case in (*cases.layers(), *cases.models()):
            name, network, module, inputs = case
            yield from compare(name, network, cases.randomized(module), inputs, folder)
        for name, network, module, inputs in cases.renamed():
            yield from compare_renamed(name, network, module, inputs, folder)
        yield from optimizers(folder)


def compare_renamed(name, network, module, inputs, folder):
    """Names that nnmodel has to find out by what the modules hold."""
    module = cases.randomized(module)
    state = module.state_dict()
    torch.save(state, folder / "in.pt")
    safetensors.torch.save_file(state, folder / "in.safetensors", metadata(network))
    with torch.no_grad():
        expected = module(*inputs).numpy()
    run("convert", folder / "in.safetensors", folder / "one.h5")
    run("convert", folder / "in.pt", folder / "two.h5", "--onto", folder / "one.h5")
    for suffix, path in (("safetensors", "one.h5"), ("pt", "two.h5")):
        yield f"{name}: {suffix} in", error(
            predict(network, folder / path, inputs, folder), expected), ALLOWED
