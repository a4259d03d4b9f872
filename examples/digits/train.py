#!/usr/bin/python3
"""Trains the network of this example and writes weights.h and images/.

Data: the UCI "Optical Recognition of Handwritten Digits" set as shipped with scikit-learn
(load_digits: 1797 images of 8 x 8 pixels, 0..16, by 43 writers). Debian: python3-sklearn.

Every image passes the guest's own preprocessing (Preprocess below repeats image.cc in the same
integers), then a perceptron 64-32-10 is trained in floating point and rounded to int8. All random
choices come from one seed. Prints the accuracy before and after rounding on a fifth of the images
that training never sees; the sample images are from that fifth.
"""

import pathlib

import numpy as np
from sklearn.datasets import load_digits

SEED = 1
GRID = 8
HIDDEN = 32
CLASSES = 10
HERE = pathlib.Path(__file__).parent


def preprocess(image):
    """image.cc: an 8 x 8 grid of 0..127, centred and scaled to the ink. None without ink."""
    image = image.astype(np.int64)
    threshold = image.max() // 4
    rows, columns = np.nonzero(image > threshold)
    if rows.size == 0:
        return None
    top, left = rows.min(), columns.min()
    height, width = rows.max() - top + 1, columns.max() - left + 1
    side = max(height, width)
    # In units of an eighth of a pixel, so that the ends of all pixels and cells are integers.
    x0 = 4 * (side - width)
    y0 = 4 * (side - height)

    def overlaps(start, count):
        """overlaps[i, k]: length shared by pixel i of the box and cell k."""
        pixel = start + 8 * np.arange(count)[:, None]
        cell = side * np.arange(GRID)[None, :]
        return np.maximum(0, np.minimum(pixel + 8, cell + side) - np.maximum(pixel, cell))

    box = image[top:top + height, left:left + width]
    sums = overlaps(y0, height).T @ box @ overlaps(x0, width)
    return sums * 127 // sums.max()


def train(inputs, labels, rng):
    """Adam on the cross entropy with a little weight decay; returns float weights."""
    weights = [rng.normal(0, np.sqrt(2 / GRID**2), (GRID**2, HIDDEN)), np.zeros(HIDDEN),
               rng.normal(0, np.sqrt(2 / HIDDEN), (HIDDEN, CLASSES)), np.zeros(CLASSES)]
    moments = [(np.zeros_like(w), np.zeros_like(w)) for w in weights]
    target = np.eye(CLASSES)[labels]
    step = 0
    for _ in range(120):
        order = rng.permutation(len(inputs))
        for start in range(0, len(order), 32):
            batch = order[start:start + 32]
            x, y = inputs[batch], target[batch]
            pre = x @ weights[0] + weights[1]
            hidden = np.maximum(pre, 0)
            logits = hidden @ weights[2] + weights[3]
            p = np.exp(logits - logits.max(axis=1, keepdims=True))
            p /= p.sum(axis=1, keepdims=True)
            d_logits = (p - y) / len(batch)
            d_pre = (d_logits @ weights[2].T) * (pre > 0)
            gradients = [x.T @ d_pre + 1e-4 * weights[0], d_pre.sum(axis=0),
                         hidden.T @ d_logits + 1e-4 * weights[2], d_logits.sum(axis=0)]
            step += 1
            for w, g, (m, v) in zip(weights, gradients, moments):
                m += 0.1 * (g - m)
                v += 0.001 * (g * g - v)
                w -= 0.002 * (m / (1 - 0.9**step)) / (np.sqrt(v / (1 - 0.999**step)) + 1e-8)
    return weights


def quantize(weights, inputs):
    """int8 weights, int32 biases and a shift, such that
    hidden = clamp((x @ w1 + b1) * multiplier >> shift, 0, 127) in integers."""
    scale1 = 127 / np.abs(weights[0]).max()
    scale2 = 127 / np.abs(weights[2]).max()
    w1 = np.rint(weights[0] * scale1).astype(np.int64)
    b1 = np.rint(weights[1] * 127 * scale1).astype(np.int64)
    largest = (inputs @ w1 + b1).max()
    shift = 24
    multiplier = int(127 * 2**shift / largest)
    # One unit of `hidden` stands for 1 / unit of the float network's.
    unit = 127 * scale1 * multiplier / 2**shift
    w2 = np.rint(weights[2] * scale2).astype(np.int64)
    b2 = np.rint(weights[3] * unit * scale2).astype(np.int64)
    return w1, b1, multiplier, shift, w2, b2


def classify(inputs, w1, b1, multiplier, shift, w2, b2):
    """mlp.cc in the same integers."""
    hidden = np.clip((inputs @ w1 + b1) * multiplier >> shift, 0, 127)
    return np.argmax(hidden @ w2 + b2, axis=1)


def array(name, kind, values):
    flat = values.T.reshape(-1) if values.ndim == 2 else values
    lines, line = [], "   "
    for value in flat:
        item = f" {value},"
        if len(line) + len(item) > 100:
            lines.append(line)
            line = "   "
        line += item
    lines.append(line)
    return f"inline constexpr {kind} {name}[{len(flat)}] = {{\n" + "\n".join(lines) + "\n};\n"


def write_weights(w1, b1, multiplier, shift, w2, b2):
    text = (
        "// Written by train.py. Rows are outputs: weight[output * inputs + input].\n"
        "#ifndef ZKVM_EXAMPLES_DIGITS_WEIGHTS_H_\n#define ZKVM_EXAMPLES_DIGITS_WEIGHTS_H_\n\n"
        "// clang-format off\n#include <cstdint>\n\nnamespace digits {\n\n"
        f"inline constexpr int kInputs = {GRID**2};\ninline constexpr int kHidden = {HIDDEN};\n"
        f"inline constexpr int kClasses = {CLASSES};\n\n"
        f"inline constexpr int32_t kMultiplier = {multiplier};\n"
        f"inline constexpr int kShift = {shift};\n\n"
        + array("kWeights1", "int8_t", w1) + "\n" + array("kBias1", "int32_t", b1) + "\n"
        + array("kWeights2", "int8_t", w2) + "\n" + array("kBias2", "int32_t", b2)
        + "\n}  // namespace digits\n\n// clang-format on\n\n"
        "#endif  // ZKVM_EXAMPLES_DIGITS_WEIGHTS_H_\n")
    (HERE / "weights.h").write_text(text)


def write_sample(path, image, rng):
    """A 32 x 32 PGM: the image three times as large, somewhere on a black ground."""
    canvas = np.zeros((32, 32), dtype=np.uint8)
    top, left = rng.integers(0, 32 - 24 + 1, 2)
    canvas[top:top + 24, left:left + 24] = np.kron(image, np.ones((3, 3))) * 255 // 16
    path.write_bytes(b"P5\n32 32\n255\n" + canvas.tobytes())


def main():
    digits = load_digits()
    rng = np.random.default_rng(SEED)
    order = rng.permutation(len(digits.images))
    test, training = order[:len(order) // 5], order[len(order) // 5:]
    inputs = np.array([preprocess(image).reshape(-1) for image in digits.images])
    labels = digits.target

    weights = train(inputs[training] / 127, labels[training], rng)
    hidden = np.maximum(inputs[test] / 127 @ weights[0] + weights[1], 0)
    exact = np.argmax(hidden @ weights[2] + weights[3], axis=1)
    rounded = quantize(weights, inputs[training])
    print(f"{len(training)} training images, {len(test)} test images")
    print(f"test accuracy, floating point: {np.mean(exact == labels[test]):.4f}")
    in_integers = classify(inputs[test], *rounded)
    print(f"test accuracy, int8:           {np.mean(in_integers == labels[test]):.4f}")

    write_weights(*rounded)
    (HERE / "images").mkdir(exist_ok=True)
    for digit in range(CLASSES):
        index = next(i for i in test if labels[i] == digit)
        write_sample(HERE / "images" / f"{digit}.pgm", digits.images[index], rng)
        print(f"images/{digit}.pgm is load_digits().images[{index}]")


if __name__ == "__main__":
    main()
