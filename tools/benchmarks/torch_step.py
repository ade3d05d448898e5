"""Times one training step in PyTorch: torch_step.py NETWORK THREADS SECONDS eager|fused.

Prints {"median_us": ..., "min_us": ...}. The batch is fixed and nothing is loaded, so that only
forward, loss, backward and update are timed. The networks, as `nnmodel benchmark-step` has them:

a: 784-256-10, relu; batch 64; cross-entropy; Adam 1e-3
b: 10-128, batch normalisation, relu, 64, dropout 0.5, 2; batch 1000; cross-entropy; AdamW 1e-3
   with weight decay 1e-4; clipped to a norm of 1; cosine schedule in steps
"""

import json
import statistics
import sys
import time

import torch
from torch import nn


def network_a():
    return nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 10))


def network_b():
    return nn.Sequential(
        nn.Linear(10, 128), nn.BatchNorm1d(128), nn.ReLU(), nn.Linear(128, 64), nn.Dropout(0.5),
        nn.Linear(64, 2))


def make_step(name, fused):
    network = network_a() if name == "a" else network_b()
    rows, features, classes = (64, 784, 10) if name == "a" else (1000, 10, 2)
    inputs, labels = torch.randn(rows, features), torch.randint(0, classes, (rows,))
    if name == "a":
        optimizer = torch.optim.Adam(network.parameters(), 1e-3, fused=fused)
        schedule = None
    else:
        optimizer = torch.optim.AdamW(
            network.parameters(), 1e-3, weight_decay=1e-4, fused=fused)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 100_000)

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
    name, threads, seconds, mode = sys.argv[1:]
    torch.set_num_threads(int(threads))
    torch.manual_seed(0)
    step = make_step(name, mode == "fused")
    for _ in range(30):
        step()
    times = []
    end = time.perf_counter() + float(seconds)
    while (start := time.perf_counter()) < end:
        step()
        times.append(1e6 * (time.perf_counter() - start))
    print(json.dumps({"median_us": statistics.median(times), "min_us": min(times)}))


if __name__ == "__main__":
    main()
