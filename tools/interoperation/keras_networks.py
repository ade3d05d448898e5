"""Models of Keras for the proofs: every layer that is read, and whole models of every kind."""

import keras
import numpy as np
from keras import layers as L

SEED = 7


def numbers(*shape, seed=SEED):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def indices(*shape, below, seed=SEED):
    return np.random.default_rng(seed).integers(0, below, size=shape).astype("int32")


def padded(rows, steps, below):
    """Indices of which each row has its own number of zeros at the end."""
    values = indices(rows, steps, below=below - 1) + 1
    for row in range(rows):
        values[row, 2 + row % (steps - 2) + 1 :] = 0
    return values


def stir(model, seed=SEED):
    """Gives every weight another number, so that none is where it started."""
    random = np.random.default_rng(seed)
    for weight in model.weights:
        if weight.dtype.startswith("float"):
            low, high = (0.5, 1.5) if "variance" in weight.path else (-0.5, 0.5)
            weight.assign(random.uniform(low, high, size=weight.shape).astype("float32"))
    return model


def chain(shape, *layers, dtype="float32"):
    return stir(keras.Sequential([L.Input(shape, dtype=dtype), *layers]))


def single_layers():
    """Name, model and inputs of models of one layer each."""
    plane, line, row = (6, 7, 4), (9, 4), (5,)
    cases = {
        "Dense": (row, [L.Dense(3, activation="relu")]),
        "Dense without bias": (row, [L.Dense(3, use_bias=False, activation="softmax")]),
        "Dense on steps": (line, [L.Dense(3)]),
        "Conv1D": (line, [L.Conv1D(3, 3, strides=2, padding="same", activation="tanh")]),
        "Conv1D causal": (line, [L.Conv1D(3, 3, dilation_rate=2, padding="causal")]),
        "Conv2D": (plane, [L.Conv2D(3, (2, 3), strides=(2, 1))]),
        "Conv2D same": (plane, [L.Conv2D(6, 3, padding="same", groups=2, activation="gelu")]),
        "Conv2D dilated": (plane, [L.Conv2D(3, 2, dilation_rate=2, use_bias=False)]),
        "DepthwiseConv1D": (line, [L.DepthwiseConv1D(3, depth_multiplier=2, padding="same")]),
        "DepthwiseConv2D": (plane, [L.DepthwiseConv2D(3, depth_multiplier=2)]),
        "SeparableConv1D": (line, [L.SeparableConv1D(5, 3, depth_multiplier=2)]),
        "SeparableConv2D": (plane, [L.SeparableConv2D(5, 3, padding="same", activation="relu")]),
        "Conv1DTranspose": (line, [L.Conv1DTranspose(3, 3, strides=2, padding="same")]),
        "Conv1DTranspose with gaps": (line, [L.Conv1DTranspose(3, 2, strides=3)]),
        "Conv2DTranspose": (plane, [L.Conv2DTranspose(3, 3, strides=2)]),
        "Conv2DTranspose same": (plane, [L.Conv2DTranspose(3, (3, 4), strides=2, padding="same")]),
        "MaxPooling1D": (line, [L.MaxPooling1D(3, strides=2, padding="same")]),
        "MaxPooling2D": (plane, [L.MaxPooling2D((2, 3), strides=1)]),
        "AveragePooling1D": (line, [L.AveragePooling1D(2)]),
        "AveragePooling2D": (plane, [L.AveragePooling2D(2)]),
        "GlobalMaxPooling1D": (line, [L.GlobalMaxPooling1D()]),
        "GlobalMaxPooling2D": (plane, [L.GlobalMaxPooling2D(keepdims=True)]),
        "GlobalAveragePooling1D": (line, [L.GlobalAveragePooling1D()]),
        "GlobalAveragePooling2D": (plane, [L.GlobalAveragePooling2D()]),
        "ZeroPadding1D": (line, [L.ZeroPadding1D((2, 1))]),
        "ZeroPadding2D": (plane, [L.ZeroPadding2D(((2, 1), (0, 3)))]),
        "Cropping1D": (line, [L.Cropping1D((2, 1))]),
        "Cropping2D": (plane, [L.Cropping2D(((2, 1), (0, 3)))]),
        "UpSampling1D": (line, [L.UpSampling1D(3)]),
        "UpSampling2D": (plane, [L.UpSampling2D((2, 3))]),
        "UpSampling2D bilinear": (plane, [L.UpSampling2D(2, interpolation="bilinear")]),
        "BatchNormalization": (plane, [L.BatchNormalization(momentum=0.8, epsilon=1e-2)]),
        "BatchNormalization bare": (row, [L.BatchNormalization(scale=False, center=False)]),
        "LayerNormalization": (line, [L.LayerNormalization()]),
        "GroupNormalization": (plane, [L.GroupNormalization(2)]),
        "RMSNormalization": (line, [L.RMSNormalization()]),
        "Normalization": (row, [L.Normalization()]),
        "Normalization given": (row, [L.Normalization(mean=[1, 2, 3, 4, 5], variance=[1, 2, 3, 4, 5])]),
        "Rescaling": (plane, [L.Rescaling(1 / 127.5, offset=-1)]),
        "Flatten": (plane, [L.Flatten()]),
        "Reshape": (plane, [L.Reshape((3, -1))]),
        "Permute": (plane, [L.Permute((3, 1, 2))]),
        "RepeatVector": (row, [L.RepeatVector(3)]),
        "Dropout": (row, [L.Dropout(0.5)]),
        "SpatialDropout1D": (line, [L.SpatialDropout1D(0.5)]),
        "SpatialDropout2D": (plane, [L.SpatialDropout2D(0.5)]),
        "GaussianNoise": (row, [L.GaussianNoise(0.5)]),
        "Softmax": (line, [L.Softmax()]),
        "ReLU": (row, [L.ReLU()]),
        "ReLU of 6": (row, [L.ReLU(max_value=6)]),
        "LeakyReLU": (row, [L.LeakyReLU(negative_slope=0.2)]),
        "ELU": (row, [L.ELU(alpha=0.7)]),
        "PReLU": (plane, [L.PReLU()]),
        "PReLU shared": (plane, [L.PReLU(shared_axes=[1, 2])]),
        "Identity": (row, [L.Dense(3), L.Identity()]),
        "SimpleRNN": (line, [L.SimpleRNN(3)]),
        "SimpleRNN relu": (line, [L.SimpleRNN(3, activation="relu", return_sequences=True)]),
        "GRU": (line, [L.GRU(3, return_sequences=True)]),
        "GRU before": (line, [L.GRU(3, reset_after=False)]),
        "GRU without bias": (line, [L.GRU(3, use_bias=False)]),
        "GRU backwards": (line, [L.GRU(3, go_backwards=True, return_sequences=True)]),
        "LSTM": (line, [L.LSTM(3)]),
        "LSTM sequence": (line, [L.LSTM(3, return_sequences=True, unit_forget_bias=False)]),
        "LSTM dropout": (line, [L.LSTM(3, dropout=0.3)]),
        "RNN of a cell": (line, [L.RNN(L.LSTMCell(3), return_sequences=True)]),
        "Bidirectional LSTM": (line, [L.Bidirectional(L.LSTM(3, return_sequences=True))]),
        "Bidirectional GRU sum": (line, [L.Bidirectional(L.GRU(3), merge_mode="sum")]),
        "Bidirectional RNN ave": (line, [L.Bidirectional(L.SimpleRNN(3), merge_mode="ave")]),
        "Bidirectional mul": (line, [L.Bidirectional(L.GRU(3, reset_after=False), merge_mode="mul")]),
        "TimeDistributed Dense": (line, [L.TimeDistributed(L.Dense(3, activation="relu"))]),
        "TimeDistributed Flatten": (plane, [L.TimeDistributed(L.Flatten())]),
        "Masking": (line, [L.Masking(mask_value=0.0), L.LSTM(3)]),
    }
    for name in ["elu", "selu", "softplus", "softsign", "silu", "gelu", "exponential",
                 "hard_sigmoid", "hard_silu", "mish", "relu6", "leaky_relu", "sigmoid", "tanh"]:
        cases[f"Activation {name}"] = (row, [L.Activation(name)])
    for name, (shape, layers) in cases.items():
        model = chain(shape, *layers)
        x = numbers(3, *shape)
        if name == "Masking":
            x[0, 5:] = 0
            x[1, 2:4] = 0
            x[2, 0, 0] = 0
        yield name, model, [x]
    for name, kernel in [("Embedding", L.Embedding(7, 3)), ("Embedding masked", L.Embedding(7, 3, mask_zero=True))]:
        yield name, chain((5,), kernel, dtype="int32"), [indices(3, 5, below=7)]
    yield "Embedding of one", chain((1,), L.Embedding(7, 3), L.Flatten()), [indices(3, 1, below=7)]
    a, b = L.Input((3, 4), name="a"), L.Input((3, 4), name="b")
    for kind in [L.Add, L.Subtract, L.Multiply, L.Average, L.Maximum, L.Minimum, L.Concatenate]:
        model = keras.Model([a, b], kind()([a, b]))
        yield kind.__name__, model, [numbers(2, 3, 4), numbers(2, 3, 4, seed=8)]
    model = keras.Model([a, b], L.Concatenate(axis=1)([a, b]))
    yield "Concatenate of steps", model, [numbers(2, 3, 4), numbers(2, 3, 4, seed=8)]
    model = keras.Model([a, b], (a + b) * 2.0 - b)
    yield "Operators", model, [numbers(2, 3, 4), numbers(2, 3, 4, seed=8)]
    yield from attentions()


def attentions():
    q, v, k = L.Input((5, 4), name="q"), L.Input((6, 3), name="v"), L.Input((6, 2), name="k")
    inputs = [numbers(2, 5, 4), numbers(2, 6, 3), numbers(2, 6, 2)]
    model = keras.Model(q, L.MultiHeadAttention(2, 3)(q, q))
    yield "MultiHeadAttention", stir(model), inputs[:1]
    model = keras.Model(q, L.MultiHeadAttention(2, 3, use_bias=False)(q, q, use_causal_mask=True))
    yield "MultiHeadAttention causal", stir(model), inputs[:1]
    model = keras.Model([q, v], L.MultiHeadAttention(2, 3, value_dim=2)(q, v))
    yield "MultiHeadAttention cross", stir(model), inputs[:2]
    model = keras.Model([q, v, k], L.MultiHeadAttention(2, 3)(q, v, key=k))
    yield "MultiHeadAttention keys", stir(model), inputs


def whole_models():
    """Name, model and inputs of models of many layers."""
    yield "MLP", chain((6,), L.Dense(8, activation="relu"), L.Dropout(0.2), L.Dense(3, activation="softmax")), [numbers(4, 6)]
    cnn = chain(
        (12, 12, 3), L.Conv2D(4, 3, padding="same", use_bias=False), L.BatchNormalization(), L.ReLU(),
        L.MaxPooling2D(), L.SeparableConv2D(6, 3, activation="relu"), L.GlobalAveragePooling2D(), L.Dense(2))
    yield "CNN", cnn, [numbers(2, 12, 12, 3)]
    words = L.Input((8,), dtype="int32", name="words")
    x = L.Embedding(20, 6, mask_zero=True)(words)
    x = L.Bidirectional(L.LSTM(4, return_sequences=True))(x)
    x = L.GRU(5)(x)
    yield "masked recurrence", stir(keras.Model(words, L.Dense(2, activation="softmax")(x))), [padded(4, 8, 20)]
    x = L.Embedding(20, 6, mask_zero=True)(words)
    y = L.MultiHeadAttention(2, 3)(x, x)
    x = L.LayerNormalization()(L.Add()([x, y]))
    x = L.LayerNormalization()(L.Add()([x, L.Dense(6)(L.Dense(12, activation="gelu")(x))]))
    x = L.GlobalAveragePooling1D()(x)
    yield "masked transformer", stir(keras.Model(words, L.Dense(3)(x))), [padded(4, 8, 20)]
    inner = keras.Sequential([L.Input((4,)), L.Dense(5, activation="tanh"), L.BatchNormalization(), L.Dense(3)], name="inner")
    a, b = L.Input((4,), name="left"), L.Input((4,), name="right")
    both = L.Concatenate()([inner(a), inner(b)])
    yield "nested and shared", stir(keras.Model([a, b], L.Dense(2)(both))), [numbers(3, 4), numbers(3, 4, seed=9)]
    deep = keras.Model(a, keras.Sequential([inner, L.Dense(2)], name="middle")(a))
    yield "nested twice", stir(deep), [numbers(3, 4)]
    shared = L.Dense(3, name="shared")
    h = shared(a)
    outputs = [L.Dense(2, name="first", activation="softmax")(h), L.Dense(1, name="second")(shared(b))]
    yield "several outputs", stir(keras.Model([a, b], outputs)), [numbers(3, 4), numbers(3, 4, seed=9)]
    image = L.Input((3, 10, 8), name="image")
    x = L.Conv2D(4, 3, data_format="channels_first", padding="same", activation="relu")(image)
    x = L.BatchNormalization(axis=1)(x)
    x = L.MaxPooling2D(2, data_format="channels_first")(x)
    x = L.Concatenate(axis=1)([x, L.Activation("tanh")(x)])
    x = L.Flatten()(x)
    yield "channels first", stir(keras.Model(image, L.Dense(2)(x))), [numbers(2, 3, 10, 8)]
    steps = L.Input((None, 3), name="steps")
    x = L.Conv1D(4, 5, activation="relu")(steps)
    yield "open axes", stir(keras.Model(steps, L.Dense(2)(L.LSTM(4)(x)))), [numbers(2, 16, 3)]
    sequence = L.Input((6, 3), name="sequence")
    states, last = L.GRU(4, return_sequences=True, return_state=True)(sequence)
    x = L.GRU(4)(states, initial_state=last)
    yield "state handed on", stir(keras.Model(sequence, x)), [numbers(2, 6, 3)]
    x = L.Masking(2.0)(sequence)
    x = L.Bidirectional(L.GRU(3, return_sequences=True))(x)
    x = L.GlobalAveragePooling1D()(L.Dense(4)(x))
    values = numbers(3, 6, 3)
    values[0, 4:] = 2
    values[1, 1] = 2
    yield "masked numbers", stir(keras.Model(sequence, x)), [values]
    x = (2.0 - sequence) / 3.0 + 1
    x = keras.ops.relu(x[:, 1:5, ::2])
    x = keras.ops.reshape(x, (-1, 8))
    yield "operations", keras.Model(sequence, L.Dense(2)(x) * 3.0), [numbers(3, 6, 3)]
    frozen = keras.Sequential([L.Input((4,)), L.Dense(5, name="kept", trainable=False), L.BatchNormalization(), L.Dense(3)], name="partly")
    yield "partly frozen", stir(keras.Model(a, L.Dense(2)(frozen(a)))), [numbers(3, 4)]
    still = keras.Sequential([L.Input((4,)), L.Dense(5), L.BatchNormalization(), L.Dense(3)], name="still", trainable=False)
    yield "wholly frozen", stir(keras.Model(a, L.Dense(2)(still(a)))), [numbers(3, 4)]
    chained = keras.Sequential([L.Input((5, 6, 2)), keras.Sequential([L.Input((5, 6, 2)), L.Conv2D(3, 3), L.Flatten()]), L.Dense(2)])
    yield "chain in a chain", stir(chained), [numbers(2, 5, 6, 2)]
    residual = L.Input((8, 8, 3), name="residual")
    x = L.Conv2D(4, 3, padding="same")(residual)
    for count in range(3):
        y = L.BatchNormalization()(L.Conv2D(4, 3, padding="same", use_bias=False)(x))
        x = L.Activation("relu")(L.Add()([x, y]))
    yield "residual", stir(keras.Model(residual, L.Dense(2)(L.GlobalAveragePooling2D()(x)))), [numbers(2, 8, 8, 3)]
    tokens = L.Input((6,), name="tokens")
    x = L.Embedding(11, 3)(tokens)
    yield "indices as numbers", stir(keras.Model(tokens, L.LSTM(2)(L.SpatialDropout1D(0.2)(x)))), [indices(3, 6, below=11)]
