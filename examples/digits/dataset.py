"""What the training scripts of the digit examples share: data, preprocessing, Adam, C++ arrays.

Data: the UCI "Optical Recognition of Handwritten Digits" set as shipped with scikit-learn
(load_digits: 1797 images of 8 x 8 pixels, 0..16, by 43 writers). Debian: python3-sklearn.
"""

import numpy as np
from sklearn.datasets import load_digits

GRID = 8
CLASSES = 10


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


class Digits:
    """The set, split by `rng` into indices `training` and `test` (a fifth, never trained on).
    inputs: (images, 8, 8) of 0..127, preprocessed; images: as they are, of 0..16."""

    def __init__(self, rng):
        digits = load_digits()
        self.images, self.labels = digits.images, digits.target
        order = rng.permutation(len(self.images))
        fifth = len(order) // 5
        self.test, self.training = order[:fifth], order[fifth:]
        self.inputs = np.array([preprocess(image) for image in self.images])


class Adam:
    """Updates parameters in place."""

    def __init__(self, parameters, rate, decay=0.0):
        self.parameters, self.rate, self.decay = parameters, rate, decay
        self.moments = [(np.zeros_like(p), np.zeros_like(p)) for p in parameters]
        self.step = 0

    def update(self, gradients):
        self.step += 1
        for p, g, (m, v) in zip(self.parameters, gradients, self.moments):
            if p.ndim > 1:
                g = g + self.decay * p
            m += 0.1 * (g - m)
            v += 0.001 * (g * g - v)
            p -= (self.rate * (m / (1 - 0.9**self.step)) /
                  (np.sqrt(v / (1 - 0.999**self.step)) + 1e-8))


def cross_entropy(logits, labels):
    """The gradient of the mean cross entropy by the logits."""
    p = np.exp(logits - logits.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    p[np.arange(len(labels)), labels] -= 1
    return p / len(labels)


def requantize(v):
    """The machine's rounding of v / 2^14: to nearest, ties up."""
    return (v + (1 << 13)) >> 14


class Header:
    """A C++ header of constants: `model` arrays go into the model, `number`s and `real`s are for the
    program."""

    def __init__(self, guard, namespace):
        self.guard, self.namespace, self.body = guard, namespace, []

    def number(self, name, value):
        self.body.append(f"inline constexpr int {name} = {value};")

    def real(self, name, value):
        self.body.append(f"inline constexpr double {name} = {value!r};")

    def model(self, name, values):
        values = np.asarray(values, dtype=np.int64)
        kind = "int16_t" if np.abs(values).max() < 2**15 and values.ndim > 1 else "int32_t"
        if values.ndim > 1 and kind != "int16_t":
            raise ValueError(f"{name}: a weight of {np.abs(values).max()} does not fit 16 bits")
        lines, line = [], "   "
        for value in values.reshape(-1):
            item = f" {value},"
            if len(line) + len(item) > 100:
                lines.append(line)
                line = "   "
            line += item
        lines.append(line)
        self.body.append(f"\nZKVM_MODEL inline constexpr {kind} {name}[{values.size}] = {{\n" +
                         "\n".join(lines) + "\n};")

    def write(self, path):
        path.write_text(
            "// Written by train.py.\n"
            f"#ifndef {self.guard}\n#define {self.guard}\n\n"
            "// clang-format off\n#include <zkvm/ml.h>\n\n#include <cstdint>\n\n"
            f"namespace {self.namespace} {{\n\n" + "\n".join(self.body) +
            f"\n\n}}  // namespace {self.namespace}\n\n// clang-format on\n\n#endif  // {self.guard}\n")
