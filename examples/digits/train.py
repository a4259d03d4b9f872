#!/usr/bin/python3
"""Trains the network of this example and writes weights.h and images/.

Every image passes the guest's own preprocessing, then a perceptron 64-32-10 is trained in floating
point and rounded to integers. All random choices come from one seed. Prints the accuracy before and
after rounding on a fifth of the images that training never sees; the sample images are from that
fifth.
"""

import pathlib

import numpy as np

from dataset import CLASSES, GRID, Adam, Digits, Header, cross_entropy, requantize

SEED = 1
HIDDEN = 32
HERE = pathlib.Path(__file__).parent


def train(inputs, labels, rng):
    """Adam on the cross entropy with a little weight decay; returns float weights."""
    weights = [rng.normal(0, np.sqrt(2 / GRID**2), (GRID**2, HIDDEN)), np.zeros(HIDDEN),
               rng.normal(0, np.sqrt(2 / HIDDEN), (HIDDEN, CLASSES)), np.zeros(CLASSES)]
    adam = Adam(weights, 0.002, 1e-4)
    for _ in range(120):
        order = rng.permutation(len(inputs))
        for start in range(0, len(order), 32):
            batch = order[start:start + 32]
            x = inputs[batch]
            pre = x @ weights[0] + weights[1]
            hidden = np.maximum(pre, 0)
            d_logits = cross_entropy(hidden @ weights[2] + weights[3], labels[batch])
            d_pre = (d_logits @ weights[2].T) * (pre > 0)
            adam.update([x.T @ d_pre, d_pre.sum(axis=0), hidden.T @ d_logits, d_logits.sum(axis=0)])
    return weights


def quantize(weights, inputs):
    """16-bit weights and 32-bit biases, such that with inputs and hidden values of 0..127
    hidden = clamp(round((x @ w1 + b1) / 2^14), 0, 127), scores = round((hidden @ w2 + b2) / 2^14)."""
    w1, b1, w2, b2 = weights
    largest = np.maximum(inputs / 127 @ w1 + b1, 0).max()  # becomes 127
    scale1 = 2**14 / largest
    # As many units for the scores as 16 bits allow the weights.
    scale2 = 32000 / np.abs(w2).max()
    rint = lambda a: np.rint(a).astype(np.int64)
    return (rint(w1 * scale1), rint(b1 * 127 * scale1), rint(w2 * scale2),
            rint(b2 * 127 * scale2 / largest))


def classify(inputs, w1, b1, w2, b2):
    """mlp.cc in the same integers."""
    hidden = np.clip(requantize(inputs @ w1 + b1), 0, 127)
    return np.argmax(requantize(hidden @ w2 + b2), axis=1)


def reach(w, b):
    """The largest |round((x @ w + b) / 2^14)| for any x of int8."""
    return int(requantize((np.abs(w).sum(axis=0) * 128 + np.abs(b)).max())) + 1


def write_sample(path, image, rng):
    """A 32 x 32 PGM: the image three times as large, somewhere on a black ground."""
    canvas = np.zeros((32, 32), dtype=np.uint8)
    top, left = rng.integers(0, 32 - 24 + 1, 2)
    canvas[top:top + 24, left:left + 24] = np.kron(image, np.ones((3, 3))) * 255 // 16
    path.write_bytes(b"P5\n32 32\n255\n" + canvas.tobytes())


def main():
    rng = np.random.default_rng(SEED)
    data = Digits(rng)
    inputs, labels = data.inputs.reshape(-1, GRID**2), data.labels

    weights = train(inputs[data.training] / 127, labels[data.training], rng)
    hidden = np.maximum(inputs[data.test] / 127 @ weights[0] + weights[1], 0)
    exact = np.argmax(hidden @ weights[2] + weights[3], axis=1)
    rounded = quantize(weights, inputs[data.training])
    print(f"{len(data.training)} training images, {len(data.test)} test images")
    print(f"test accuracy, floating point: {np.mean(exact == labels[data.test]):.4f}")
    in_integers = classify(inputs[data.test], *rounded)
    print(f"test accuracy, integers:       {np.mean(in_integers == labels[data.test]):.4f}")

    header = Header("ZKVM_EXAMPLES_DIGITS_WEIGHTS_H_", "digits")
    for name, value in (("kInputs", GRID**2), ("kHidden", HIDDEN), ("kClasses", CLASSES),
                        ("kHiddenReach", reach(*rounded[:2])),
                        ("kScoresReach", reach(*rounded[2:]))):
        header.number(name, value)
    for name, values in zip(("kWeights1", "kBias1", "kWeights2", "kBias2"), rounded):
        header.model(name, values)
    header.write(HERE / "weights.h")
    (HERE / "images").mkdir(exist_ok=True)
    for digit in range(CLASSES):
        index = next(i for i in data.test if labels[i] == digit)
        write_sample(HERE / "images" / f"{digit}.pgm", data.images[index], rng)
        print(f"images/{digit}.pgm is load_digits().images[{index}]")


if __name__ == "__main__":
    main()
