"""Whole networks of each kind, trained for an epoch by the tool, for the proofs of what is written as
ONNX."""

import pathlib
import random

FIXTURES = pathlib.Path(__file__).parents[2] / "Fixtures"
TABLES = FIXTURES / "tables"

CNN = """
target: digit
task: classification
input:
  image: {columns: pixel_0_0..pixel_7_7, shape: 8x8x1, scaling: min-max}
network:
  - convolution_2d: {filters: 6, kernel_size: 3, padding: same}
  - batch_normalization
  - relu
  - convolution_2d: {filters: 6, kernel_size: 3, padding: same, name: second}
  - prelu
  - add: {from: [second, prelu_1]}
  - max_pooling_2d: 2
  - separable_convolution_2d: {filters: 8, kernel_size: 3, padding: same, activation: mish}
  - group_normalization: 4
  - upsampling_2d: {factor: 2, interpolation: bilinear}
  - average_pooling_2d: 2
  - dropout: 0.25
  - flatten
  - output
"""

BLOCKS = """
target: digit
task: classification
input:
  left: {columns: pixel_0_0..pixel_3_7, shape: 32}
  right: {columns: pixel_4_0..pixel_7_7, shape: 32}
network:
  parts:
    tower: [{dense: {units: 8, activation: relu}}, batch_normalization, {dense: 5}]
  layers:
    - tower: {from: left, name: a}
    - tower: {from: right, name: b}
    - multiply: {from: [a, b], name: product}
    - concatenate: {from: [a, b, product], name: both}
    - stack: {times: 2, from: both, layers: [{dense: {units: 15, activation: silu}}]}
    - dense: {units: 15, name: third}
    - dense: {units: 15, tie: {kernel: third/kernel}}
    - output
"""

SEQUENCE = """
target: kind
columns:
  signal: {kind: sequence, length: 9, mask: true, channels: 2}
network:
  - convolution_1d: {filters: 4, kernel_size: 3, padding: causal, from: signal, name: wide}
  - lstm: {units: 5, is_masked: true, returns_sequence: true, from: [wide, signal_mask], name: deep}
  - bidirectional: {layer: {gru: {units: 3}}, from: deep}
  - output
"""

TEXT = """
target: kind
columns:
  text: {kind: text, unit: words, length: 8, vocabulary: 50}
network:
  - sequence_mask: {from: text, name: mask}
  - embedding: {dimension: 8, from: text}
  - positional_encoding
  - positional_embedding: {length: 8, name: words}
  - transformer_encoder: {heads: 2, units: 16, dropout: 0.1, from: [words, mask], name: first}
  - transformer_encoder: {heads: 4, units: 12, is_causal: true, normalizes_first: true, from: [first, mask], name: second}
  - masked_average: {from: [second, mask]}
  - output
"""


def sentences(path):
    """Texts, signals and what they are."""
    chance = random.Random(5)
    words = "the a small red old car house tree sun river runs stands shines falls slowly".split()
    lines = ["text,signal,kind"]
    for row in range(60):
        text = " ".join(chance.choice(words) for _ in range(chance.randrange(1, 9)))
        signal = " ".join(f"{chance.gauss(0, 1):.3f}" for _ in range(2 * chance.randrange(1, 10)))
        lines.append(f"{text},{signal},{'up' if row % 2 else 'down'}")
    path.write_text("\n".join(lines) + "\n")


def networks(folder, run):
    """Gives what it is and a model file, for each."""
    sentences(folder / "sentences.csv")

    def trained(table, *options, configuration=None):
        model = folder / "network.h5"
        model.unlink(missing_ok=True)
        if configuration:
            (folder / "network.yaml").write_text(configuration)
            options += ("--config", folder / "network.yaml")
        run("train", table, *options, "--epochs", "1", "-o", model, "--quiet")
        return model

    words = "dense(16), batch_normalization, relu, dropout(0.2), dense(8), gelu, output"
    yield "dense layers with normalization, classes", trained(
        TABLES / "iris.csv", "--target", "species", "--network", words)
    yield "dense layers, a number in its unit", trained(
        TABLES / "diabetes.csv", "--target", "progression", "--hidden", "16,8")
    yield "dense layers, two outputs", trained(
        TABLES / "diabetes.csv", "--target", "progression,sex", "--network",
        "dense(8, name=trunk), relu(name=hidden), output(target=progression, from=hidden), "
        "output(target=sex, from=hidden)")
    yield "dense layers, labels", trained(
        TABLES / "phones_train.csv", "--target", "wifi,three_g", "--task", "labels")
    yield "embedded categories", trained(
        TABLES / "phones_train.csv", "--target", "price_range", "--columns",
        "n_cores.kind=category,n_cores.encoding=embedding:3")
    yield "convolutions with normalization", trained(TABLES / "digits.csv", configuration=CNN)
    yield "two inputs, shared and tied layers", trained(TABLES / "digits.csv", configuration=BLOCKS)
    yield "recurrent layers with a mask", trained(
        folder / "sentences.csv", "--ignore", "text", configuration=SEQUENCE)
    yield "transformer with a mask", trained(
        folder / "sentences.csv", "--ignore", "signal", configuration=TEXT)
    for model in sorted((FIXTURES / "models").glob("*.h5")):
        yield f"Fixtures/models/{model.name}", model
