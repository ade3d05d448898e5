"""Times one training step in Keras on TensorFlow: keras_step.py NETWORK THREADS SECONDS.

Prints {"median_us": ..., "min_us": ..., "step_mb": ...}, as torch_step.py does of the same networks.
"""

import json
import os
import statistics
import sys
import time

os.environ |= {"TF_CPP_MIN_LOG_LEVEL": "3", "KERAS_BACKEND": "tensorflow"}

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from measuring import most_memory, resident

NAME, THREADS, SECONDS = sys.argv[1:]


def transformer():
    x = keras.Input((64, 128))
    y = layers.LayerNormalization()(x + layers.MultiHeadAttention(4, 32)(x, x))
    units = layers.Dense(128)(layers.Dense(512, "relu")(y))
    y = layers.LayerNormalization()(y + units)
    return keras.Model(x, layers.Dense(10)(layers.GlobalAveragePooling1D()(y)))


def chain(*parts):
    return keras.Sequential(parts)


NETWORKS = {
    "a": (lambda: chain(keras.Input((784,)), layers.Dense(256, "relu"), layers.Dense(10)),
          (64, 784), 10),
    "b": (lambda: chain(
        keras.Input((10,)), layers.Dense(128), layers.BatchNormalization(), layers.ReLU(),
        layers.Dense(64), layers.Dropout(0.5), layers.Dense(2)), (1000, 10), 2),
    "c": (lambda: chain(
        keras.Input((28, 28, 1)), layers.Conv2D(32, 3, activation="relu"),
        layers.Conv2D(64, 3, activation="relu"), layers.MaxPooling2D(2), layers.Flatten(),
        layers.Dense(128, "relu"), layers.Dense(10)), (64, 28, 28, 1), 10),
    "d": (lambda: chain(keras.Input((28, 28)), layers.LSTM(128), layers.Dense(10)),
          (64, 28, 28), 10),
    "e": (transformer, (32, 64, 128), 10),
}


def make_step():
    make, shape, classes = NETWORKS[NAME]
    network = make()
    if NAME == "b":
        rate = keras.optimizers.schedules.CosineDecay(1e-3, 100_000)
        optimizer = keras.optimizers.AdamW(rate, weight_decay=1e-4, global_clipnorm=1.0)
    else:
        optimizer = keras.optimizers.Adam(1e-3)
    network.compile(optimizer, keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    random = np.random.default_rng(0)
    inputs = tf.constant(random.standard_normal(shape, dtype=np.float32))
    labels = tf.constant(random.integers(0, classes, shape[0]))
    return lambda: network.train_on_batch(inputs, labels)


def main():
    tf.config.threading.set_intra_op_parallelism_threads(int(THREADS))
    tf.config.threading.set_inter_op_parallelism_threads(1)
    before = resident()
    step = make_step()
    for _ in range(10):
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
