#!/usr/bin/python3
"""Trains the network of this example and writes weights.h.

The data, its split and the preprocessing are those of ../digits. Two convolutions of 3 x 3 with
ReLU, the second around a residual, a maximum over 2 x 2, and a dense layer are trained in floating
point, on pixels with noise, and rounded to integers.
All random choices come from one seed. Prints the accuracy before and after rounding on the fifth of
the images that training never sees.
"""

import pathlib
import sys

import numpy as np

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "digits"))

from dataset import CLASSES, GRID, Adam, Digits, Header, cross_entropy, requantize

SEED = 1
CHANNELS = 16
NOISE = 0.15
HALF = GRID // 2


def convolve(x, w):
    """x: (images, channels, 8, 8), w: (outputs, channels, 3, 3), one pixel of padding."""
    padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(2, 3))
    return np.tensordot(windows, w, axes=([1, 4, 5], [1, 2, 3])).transpose(0, 3, 1, 2), windows


def convolution_gradients(gradient, w, windows):
    """By the input and by w."""
    flipped = w[:, :, ::-1, ::-1].transpose(1, 0, 2, 3)
    return convolve(gradient, flipped)[0], np.tensordot(gradient, windows, axes=([0, 2, 3],
                                                                                 [0, 2, 3]))


def pool(x):
    """The maxima over 2 x 2, and where they are."""
    blocks = x.reshape(*x.shape[:2], HALF, 2, HALF, 2)
    most = blocks.max(axis=(3, 5))
    return most, blocks == most[:, :, :, None, :, None]


def forward(x, weights):
    w1, b1, w2, b2, w3, b3 = weights
    pre1, windows1 = convolve(x, w1)
    h1 = np.maximum(pre1 + b1[:, None, None], 0)
    pre2, windows2 = convolve(h1, w2)
    h2 = np.maximum(pre2 + b2[:, None, None] + h1, 0)
    pooled, where = pool(h2)
    flat = pooled.reshape(len(x), -1)
    return flat @ w3 + b3, (windows1, h1, windows2, h2, where, flat)


def train(inputs, labels, rng):
    def he(*shape, fan):
        return rng.normal(0, np.sqrt(2 / fan), shape)

    weights = [he(CHANNELS, 1, 3, 3, fan=9), np.zeros(CHANNELS),
               he(CHANNELS, CHANNELS, 3, 3, fan=9 * CHANNELS), np.zeros(CHANNELS),
               he(CHANNELS * HALF**2, CLASSES, fan=CHANNELS * HALF**2), np.zeros(CLASSES)]
    adam = Adam(weights, 0.003, 1e-4)
    epochs = 30
    for epoch in range(epochs):
        adam.rate = 0.003 * (1 - epoch / epochs)
        order = rng.permutation(len(inputs))
        for start in range(0, len(order), 32):
            batch = order[start:start + 32]
            noisy = inputs[batch] + rng.normal(0, NOISE, inputs[batch].shape)
            logits, (windows1, h1, windows2, h2, where, flat) = forward(np.clip(noisy, 0, 1),
                                                                        weights)
            d_logits = cross_entropy(logits, labels[batch])
            d_pooled = (d_logits @ weights[4].T).reshape(len(batch), CHANNELS, HALF, 1, HALF, 1)
            d2 = (d_pooled * where).reshape(h2.shape) * (h2 > 0)
            d_h1, d_w2 = convolution_gradients(d2, weights[2], windows2)
            d1 = (d_h1 + d2) * (h1 > 0)
            d_w1 = convolution_gradients(d1, weights[0], windows1)[1]
            adam.update([d_w1, d1.sum(axis=(0, 2, 3)), d_w2, d2.sum(axis=(0, 2, 3)),
                         flat.T @ d_logits, d_logits.sum(axis=0)])
    return weights


def quantize(weights, inputs):
    """16-bit weights and 32-bit biases of layers y = round((w x + b) / 2^14), where inputs and
    hidden values are int8, clamped to 0..127."""
    w1, b1, w2, b2, w3, b3 = weights
    _, (_, h1, _, h2, _, _) = forward(inputs / 127, weights)
    unit0, unit1, unit2 = 127, 127 / h1.max(), 127 / h2.max()
    # As many units for the scores as 16 bits allow the weights.
    unit3 = unit2 * 32000 / 2**14 / np.abs(w3).max()

    def layer(w, b, source, result):
        return (np.rint(w * 2**14 * result / source).astype(np.int64),
                np.rint(b * 2**14 * result).astype(np.int64))

    residual = int(np.rint(2**14 * unit2 / unit1))
    return (*layer(w1, b1, unit0, unit1), *layer(w2, b2, unit1, unit2), residual,
            *layer(w3, b3, unit2, unit3))


def classify(inputs, w1, b1, w2, b2, residual, w3, b3):
    """cnn.cc in the same integers."""
    h1 = np.clip(requantize(convolve(inputs, w1)[0] + b1[:, None, None]), 0, 127)
    v2 = convolve(h1, w2)[0] + b2[:, None, None] + residual * h1
    h2 = np.clip(requantize(v2), 0, 127)
    flat = pool(h2)[0].reshape(len(inputs), -1)
    return np.argmax(requantize(flat @ w3 + b3), axis=1)


def reach(w, b, residual=0):
    """The largest |round((w x + residual x + b) / 2^14)| for any x of int8; w by outputs first."""
    sums = np.abs(w.reshape(len(w), -1)).sum(axis=1) + residual
    return int(requantize((sums * 128 + np.abs(b)).max())) + 1


def main():
    rng = np.random.default_rng(SEED)
    data = Digits(rng)
    inputs, labels = data.inputs[:, None], data.labels
    weights = train(inputs[data.training] / 127, labels[data.training], rng)
    exact = np.argmax(forward(inputs[data.test] / 127, weights)[0], axis=1)
    rounded = quantize(weights, inputs[data.training])
    print(f"{len(data.training)} training images, {len(data.test)} test images")
    print(f"test accuracy, floating point: {np.mean(exact == labels[data.test]):.4f}")
    in_integers = classify(inputs[data.test], *rounded)
    print(f"test accuracy, integers:       {np.mean(in_integers == labels[data.test]):.4f}")

    w1, b1, w2, b2, residual, w3, b3 = rounded
    w3 = w3.T  # by outputs first
    header = Header("ZKVM_EXAMPLES_CNN_WEIGHTS_H_", "cnn")
    for name, value in (("kChannels", CHANNELS), ("kClasses", CLASSES), ("kResidual", residual),
                        ("kReach1", reach(w1, b1)), ("kReach2", reach(w2, b2, residual)),
                        ("kReach3", reach(w3, b3))):
        header.number(name, value)
    for name, values in (("kWeights1", w1), ("kBias1", b1), ("kWeights2", w2), ("kBias2", b2),
                         ("kWeights3", w3), ("kBias3", b3)):
        header.model(name, values)
    header.write(HERE / "weights.h")


if __name__ == "__main__":
    main()
