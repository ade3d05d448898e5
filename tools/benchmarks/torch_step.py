"""Times one training step in PyTorch: torch_step.py NETWORK THREADS SECONDS eager|fused|last.

Prints {"median_us": ..., "min_us": ..., "step_mb": ...}, the last by how much memory grew from before
the network was made. The batch is fixed and nothing is loaded, so that only
forward, loss, backward and update are timed. `last` is fused, with channels in the last axis of images
and memory that is not given back between steps. The networks, as `nnmodel benchmark-step` has them:

a: 784-256-10, relu; batch 64; cross-entropy; Adam 1e-3
b: 10-128, batch normalisation, relu, 64, dropout 0.5, 2; batch 1000; cross-entropy; AdamW 1e-3
   with weight decay 1e-4; clipped to a norm of 1; cosine schedule in steps
c: 28x28, convolutions of 32 and 64 3x3 kernels, max pooling, 128-10; batch 64; Adam 1e-3
d: an LSTM of 128 over 28 steps of 28 features, its last output to 10; batch 64; Adam 1e-3
e: a transformer encoder layer of 128 features, 4 heads and 512 units over 64 steps, its mean to 10;
   batch 32; Adam 1e-3
"""

import json
import os
import statistics
import sys
import time

NAME, THREADS, SECONDS, MODE = sys.argv[1:]
if MODE == "last" and "MALLOC_TRIM_THRESHOLD_" not in os.environ:
    # Read when the process starts.
    os.environ |= {"MALLOC_TRIM_THRESHOLD_": "4294967296", "MALLOC_MMAP_THRESHOLD_": "4294967296"}
    os.execv(sys.executable, [sys.executable, *sys.argv])

import torch
from measuring import most_memory, resident
from torch import nn


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.cells, self.last = nn.LSTM(28, 128, batch_first=True), nn.Linear(128, 10)

    def forward(self, x):
        return self.last(self.cells(x)[0][:, -1])


class Transformer(nn.Module):
    def __init__(self):
        super().__init__()
        self.block = nn.TransformerEncoderLayer(128, 4, 512, dropout=0.0, batch_first=True)
        self.last = nn.Linear(128, 10)

    def forward(self, x):
        return self.last(self.block(x).mean(1))


NETWORKS = {
    "a": (lambda: nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 10)), (64, 784), 10),
    "b": (lambda: nn.Sequential(
        nn.Linear(10, 128), nn.BatchNorm1d(128), nn.ReLU(), nn.Linear(128, 64), nn.Dropout(0.5),
        nn.Linear(64, 2)), (1000, 10), 2),
    "c": (lambda: nn.Sequential(
        nn.Conv2d(1, 32, 3), nn.ReLU(), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(64 * 12 * 12, 128), nn.ReLU(), nn.Linear(128, 10)),
        (64, 1, 28, 28), 10),
    "d": (Recurrent, (64, 28, 28), 10),
    "e": (Transformer, (32, 64, 128), 10),
}


def make_step(name, mode):
    make, shape, classes = NETWORKS[name]
    network = make()
    inputs, labels = torch.randn(shape), torch.randint(0, classes, (shape[0],))
    if mode == "last" and len(shape) == 4:
        network = network.to(memory_format=torch.channels_last)
        inputs = inputs.to(memory_format=torch.channels_last)
    fused = mode != "eager"
    if name == "b":
        optimizer = torch.optim.AdamW(
            network.parameters(), 1e-3, weight_decay=1e-4, fused=fused)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 100_000)
    else:
        optimizer = torch.optim.Adam(network.parameters(), 1e-3, fused=fused)
        schedule = None

    def step():
        optimizer.zero_grad()
        nn.functional.cross_entropy(network(inputs), labels).backward()
        if schedule:
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        if schedule:
            schedule.step()

    return step


def main():
    torch.set_num_threads(int(THREADS))
    torch.manual_seed(0)
    before = resident()
    step = make_step(NAME, MODE)
    for _ in range(30):
        step()
    times = []
    end = time.perf_counter() + float(SECONDS)
    while (start := time.perf_counter()) < end:
        step()
        times.append(1e6 * (time.perf_counter() - start))
    print(json.dumps({"median_us": statistics.median(times), "min_us": min(times),
                      "step_mb": most_memory() - before}))


if __name__ == "__main__":
    main()
