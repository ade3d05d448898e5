"""Trains the same small networks here and in PyTorch, on the same rows: learning.py [--seeds 5].

Prints the share of held-out rows that each gets right, seed by seed. Ours are trained and judged by the
built tool from CSV files; PyTorch gets the same rows, batch size, optimizer, schedule and epochs. Both
are judged after the last epoch.

cnn: 8x8 digits of Fixtures/tables, two convolutions, max pooling, 128
lstm: is the value behind the mark, somewhere in a row of 8 to 20, up or down
transformer: does one word come before another, in a text of 5 to 14 words
"""

import argparse
import csv
import json
import math
import pathlib
import random
import subprocess
import sys
import tempfile

import numpy as np
import torch
from torch import nn

ROOT = pathlib.Path(__file__).parents[2]
NNMODEL = str(ROOT / ".build" / "release" / "nnmodel")
WORDS = ["red", "blue", "dog", "cat", "sun", "moon", "tree", "rock", "sky", "sea"]


def write(path, header, rows):
    with open(path, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)


def digits(draw):
    with open(ROOT / "Fixtures" / "tables" / "digits.csv") as file:
        header, *rows = csv.reader(file)
    draw.shuffle(rows)
    x = torch.tensor(np.array([row[:-1] for row in rows], dtype=np.float32) / 16)
    y = torch.tensor([int(row[-1]) for row in rows])
    return header, rows, x.reshape(-1, 1, 8, 8), None, y, 1437


def marked(draw):
    rows, labels, values = [], [], []
    for _ in range(2500):
        row = [draw.choice([-1, 1]) for _ in range(draw.randint(8, 20))]
        place = draw.randrange(len(row) - 1)
        row[place] = 3
        labels.append(int(row[place + 1] > 0))
        values.append(row)
        rows.append([" ".join(map(str, row)), "up" if labels[-1] else "down"])
    x = torch.zeros(len(rows), 20, 1)
    for i, row in enumerate(values):
        x[i, :len(row), 0] = torch.tensor(row, dtype=torch.float32)
    lengths = torch.tensor([len(row) for row in values])
    return ["signal", "class"], rows, x, lengths, torch.tensor(labels), 2000


def texts(draw):
    rows, labels = [], []
    for _ in range(2500):
        words = draw.choices(WORDS, k=draw.randint(5, 14))
        place = {word: words.index(word) if word in words else 99 for word in ("red", "blue")}
        labels.append(int(place["red"] < place["blue"]))
        rows.append([" ".join(words), "yes" if labels[-1] else "no"])
    x = torch.zeros(len(rows), 16, dtype=torch.long)
    for i, (text, _) in enumerate(rows):
        codes = [WORDS.index(word) + 2 for word in text.split()]
        x[i, :len(codes)] = torch.tensor(codes)
    return ["text", "label"], rows, x, (x != 0).sum(1), torch.tensor(labels), 2000


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.cells, self.last = nn.LSTM(1, 32, batch_first=True), nn.Linear(32, 2)

    def forward(self, x, lengths):
        outputs, _ = self.cells(x)
        return self.last(outputs[torch.arange(len(x)), lengths - 1])


class Transformer(nn.Module):
    def __init__(self):
        super().__init__()
        self.words, self.places = nn.Embedding(12, 32), nn.Parameter(0.02 * torch.randn(16, 32))
        self.blocks = nn.ModuleList(
            nn.TransformerEncoderLayer(32, 4, 64, 0.1, batch_first=True) for _ in range(2))
        self.last = nn.Linear(32, 2)

    def forward(self, x, lengths):
        hidden = x == 0
        y = self.words(x) + self.places
        for block in self.blocks:
            y = block(y, src_key_padding_mask=hidden)
        seen = (~hidden).unsqueeze(-1)
        return self.last((y * seen).sum(1) / seen.sum(1))


class Convolutional(nn.Sequential):
    def __init__(self):
        super().__init__(
            nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.Conv2d(32, 64, 3), nn.ReLU(),
            nn.MaxPool2d(2), nn.Dropout(0.25), nn.Flatten(), nn.Linear(576, 128), nn.ReLU(),
            nn.Dropout(0.5), nn.Linear(128, 10))

    def forward(self, x, lengths):
        return super().forward(x)


TASKS = {
    "cnn": (digits, Convolutional, 30, 2e-3, """
target: digit
task: classification
input: {image: {columns: pixel_0_0..pixel_7_7, shape: 8x8x1, scaling: min-max}}
network:
  - convolution_2d: {filters: 32, kernel_size: 3, padding: same, activation: relu}
  - convolution_2d: {filters: 64, kernel_size: 3, activation: relu}
  - max_pooling_2d: 2
  - dropout: 0.25
  - flatten
  - dense: {units: 128, activation: relu}
  - dropout: 0.5
  - output
"""),
    "lstm": (marked, Recurrent, 25, 5e-3, """
target: class
columns: {signal: {kind: sequence, length: 20, mask: true, scaling: none}}
network:
  - lstm: {units: 32, is_masked: true, from: [signal, signal_mask]}
  - output
"""),
    "transformer": (texts, Transformer, 25, 1e-3, """
target: label
columns: {text: {kind: text, length: 16}}
network:
  - sequence_mask: {from: text, name: mask}
  - embedding: {dimension: 32, from: text}
  - positional_embedding: {length: 16, name: words}
  - transformer_encoder: {heads: 4, units: 64, from: [words, mask], name: first}
  - transformer_encoder: {heads: 4, units: 64, from: [first, mask], name: second}
  - masked_average: {from: [second, mask]}
  - output
"""),
}


def ours(folder, words, epochs, rate, seed):
    options = folder / "options.yaml"
    options.write_text(
        f"{words}epochs: {epochs}\nbatch_size: 32\noptimizer: adamw\nlearning_rate: {rate}\n"
        f"schedule: cosine\nwarmup: 0\nvalidation_split: 0\npatience: none\nseed: {seed}\n")
    model = folder / "model.h5"
    subprocess.run([NNMODEL, "train", folder / "train.csv", "--config", options, "-o", model,
                    "--quiet"], check=True, stdout=subprocess.DEVNULL)
    done = subprocess.run([NNMODEL, "evaluate", folder / "test.csv", "-m", model, "--json"],
                          check=True, capture_output=True, text=True)
    return json.loads(done.stdout)["classification"]["accuracy"]


def theirs(make, x, lengths, y, count, epochs, rate, seed):
    torch.manual_seed(seed)
    network = make()
    optimizer = torch.optim.AdamW(network.parameters(), rate, weight_decay=0.01)
    steps = math.ceil(count / 32) * epochs
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    part = lambda rows: None if lengths is None else lengths[rows]
    for _ in range(epochs):
        for rows in torch.randperm(count).split(32):
            optimizer.zero_grad()
            nn.functional.cross_entropy(network(x[rows], part(rows)), y[rows]).backward()
            optimizer.step()
            schedule.step()
    network.eval()
    rows = torch.arange(count, len(x))
    with torch.no_grad():
        return (network(x[rows], part(rows)).argmax(1) == y[rows]).double().mean().item()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("which", nargs="*", default=list(TASKS))
    options = parser.parse_args()
    for name in options.which:
        make_rows, make, epochs, rate, words = TASKS[name]
        pairs = []
        for seed in range(options.seeds):
            header, rows, x, lengths, y, count = make_rows(random.Random(seed))
            with tempfile.TemporaryDirectory() as folder:
                folder = pathlib.Path(folder)
                write(folder / "train.csv", header, rows[:count])
                write(folder / "test.csv", header, rows[count:])
                pairs.append((ours(folder, words, epochs, rate, seed),
                              theirs(make, x, lengths, y, count, epochs, rate, seed)))
            print(f"{name} seed {seed}: nnmodel {pairs[-1][0]:.4f}, torch {pairs[-1][1]:.4f}",
                  flush=True)
        means = [sum(pair[i] for pair in pairs) / len(pairs) for i in (0, 1)]
        print(f"{name}: nnmodel {means[0]:.4f}, torch {means[1]:.4f} of held-out rows", flush=True)


if __name__ == "__main__":
    main()
