#!/usr/bin/python3
"""Trains the network of this example and writes weights.h.

The data, its split and the preprocessing are those of ../digits. An image is eight tokens, its rows
of pixels. One transformer block with two heads is trained in floating point and rounded to integers:

  h = x We + P;  h += heads(norm(h)) Wo;  h += gelu(norm(h) W1) W2;  scores = flat(norm(h)) Wf

All random choices come from one seed. Prints the accuracy in floating point on the fifth of the
images that training never sees; ../digits/evaluate.py prints that of the program.
"""

import pathlib
import sys

import numpy as np

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "digits"))

from dataset import CLASSES, GRID, Adam, Digits, Header, cross_entropy

SEED = 1
TOKENS, WIDTH, HEADS, INNER = GRID, 32, 2, 64
HEAD = WIDTH // HEADS

# Of what follows a norm: a standard deviation is 25 units of int8.
NORM_UNIT = 25
# Of the argument of the GELU.
GELU_UNIT = 32


def erf(x):
    """Abramowitz and Stegun 7.1.26, to 2e-7."""
    t = 1 / (1 + 0.3275911 * np.abs(x))
    series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t *
                                                         (-1.453152027 + t * 1.061405429))))
    return np.sign(x) * (1 - series * np.exp(-x * x))


def gelu(x):
    return x * (1 + erf(x / np.sqrt(2))) / 2


def gelu_slope(x):
    return (1 + erf(x / np.sqrt(2))) / 2 + x * np.exp(-x * x / 2) / np.sqrt(2 * np.pi)


def norm(x):
    centred = x - x.mean(axis=-1, keepdims=True)
    deviation = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + 1e-5)
    return centred / deviation, deviation


def norm_gradient(d, y, deviation):
    return (d - d.mean(axis=-1, keepdims=True) -
            y * (d * y).mean(axis=-1, keepdims=True)) / deviation


def split(x):
    return x.reshape(*x.shape[:2], HEADS, HEAD).transpose(0, 2, 1, 3)


def join(x):
    return x.transpose(0, 2, 1, 3).reshape(x.shape[0], TOKENS, WIDTH)


NAMES = ("we", "p", "wq", "wk", "wv", "wo", "w1", "b1", "w2", "b2", "wf", "bf")


def forward(x, w):
    """All values by name."""
    v = {"x": x, "h0": x @ w["we"] + w["p"]}
    v["n0"], v["s0"] = norm(v["h0"])
    v["q"], v["k"], v["v"] = (split(v["n0"] @ w[name]) for name in ("wq", "wk", "wv"))
    scores = v["q"] @ v["k"].transpose(0, 1, 3, 2) / np.sqrt(HEAD)
    v["scores"] = scores
    e = np.exp(scores - scores.max(axis=-1, keepdims=True))
    v["a"] = e / e.sum(axis=-1, keepdims=True)
    v["o"] = join(v["a"] @ v["v"])
    v["h1"] = v["h0"] + v["o"] @ w["wo"]
    v["n1"], v["s1"] = norm(v["h1"])
    v["pre"] = v["n1"] @ w["w1"] + w["b1"]
    v["u"] = gelu(v["pre"])
    v["h2"] = v["h1"] + v["u"] @ w["w2"] + w["b2"]
    v["n2"], v["s2"] = norm(v["h2"])
    v["flat"] = v["n2"].reshape(len(x), -1)
    v["logits"] = v["flat"] @ w["wf"] + w["bf"]
    return v


def gradients(v, w, labels):
    def product(left, right):
        """left^T right over images and tokens."""
        return left.reshape(-1, left.shape[-1]).T @ right.reshape(-1, right.shape[-1])

    g = {}
    d = cross_entropy(v["logits"], labels)
    g["wf"], g["bf"] = v["flat"].T @ d, d.sum(axis=0)
    d_h = norm_gradient((d @ w["wf"].T).reshape(v["n2"].shape), v["n2"], v["s2"])
    g["w2"], g["b2"] = product(v["u"], d_h), d_h.sum(axis=(0, 1))
    d_pre = d_h @ w["w2"].T * gelu_slope(v["pre"])
    g["w1"], g["b1"] = product(v["n1"], d_pre), d_pre.sum(axis=(0, 1))
    d_h = d_h + norm_gradient(d_pre @ w["w1"].T, v["n1"], v["s1"])
    g["wo"] = product(v["o"], d_h)
    d_o = split(d_h @ w["wo"].T)
    d_v = v["a"].transpose(0, 1, 3, 2) @ d_o
    d_a = d_o @ v["v"].transpose(0, 1, 3, 2)
    d_s = v["a"] * (d_a - (d_a * v["a"]).sum(axis=-1, keepdims=True)) / np.sqrt(HEAD)
    d_n = np.zeros_like(v["n0"])
    for name, d_part in (("wq", d_s @ v["k"]), ("wk", d_s.transpose(0, 1, 3, 2) @ v["q"]),
                         ("wv", d_v)):
        g[name] = product(v["n0"], join(d_part))
        d_n += join(d_part) @ w[name].T
    d_h = d_h + norm_gradient(d_n, v["n0"], v["s0"])
    g["we"], g["p"] = product(v["x"], d_h), d_h.sum(axis=0)
    return [g[name] for name in NAMES]


def train(inputs, labels, rng):
    def normal(rows, columns):
        return rng.normal(0, np.sqrt(1 / rows), (rows, columns))

    w = {"we": normal(GRID, WIDTH), "p": rng.normal(0, 0.5, (TOKENS, WIDTH)),
         "wq": normal(WIDTH, WIDTH), "wk": normal(WIDTH, WIDTH), "wv": normal(WIDTH, WIDTH),
         "wo": normal(WIDTH, WIDTH) / 2, "w1": normal(WIDTH, INNER), "b1": np.zeros(INNER),
         "w2": normal(INNER, WIDTH) / 2, "b2": np.zeros(WIDTH),
         "wf": normal(TOKENS * WIDTH, CLASSES), "bf": np.zeros(CLASSES)}
    adam = Adam([w[name] for name in NAMES], 0.002, 1e-3)
    epochs = 60
    for epoch in range(epochs):
        adam.rate = 0.002 * (1 - epoch / epochs)
        order = rng.permutation(len(inputs))
        for start in range(0, len(order), 32):
            batch = order[start:start + 32]
            adam.update(gradients(forward(inputs[batch], w), w, labels[batch]))
    return w


def layer(w, source, result):
    """Integers `rounded` and a multiplier, a power of two, with
    rounded * multiplier / 2^14 = w * result / source: units of the result and the source."""
    exact = w * 2**14 * result / source
    multiplier = 1
    while np.abs(exact).max() / multiplier > 32000:
        multiplier *= 2
    return np.rint(exact / multiplier).astype(np.int64), multiplier


def main():
    rng = np.random.default_rng(SEED)
    data = Digits(rng)
    inputs, labels = data.inputs / 127, data.labels
    w = train(inputs[data.training], labels[data.training], rng)
    exact = np.argmax(forward(inputs[data.test], w)["logits"], axis=1)
    print(f"{len(data.training)} training images, {len(data.test)} test images")
    print(f"test accuracy, floating point: {np.mean(exact == labels[data.test]):.4f}")

    # Units: int8 to the largest value seen, the stream to half of its 14 bits. What is added to the
    # stream has to stay within them whatever the int8 inputs of the layer.
    v = forward(inputs[data.training], w)
    unit = {name: 127 / np.abs(v[name]).max() for name in ("q", "k", "v", "u")}
    stream = 2**13 / max(np.abs(v[name]).max() for name in ("h0", "h1", "h2"))
    for weights, bias, source in ((w["wo"], 0, unit["v"]), (w["w2"], w["b2"], unit["u"])):
        largest = (np.abs(weights).sum(axis=0) * 128 / source + np.abs(bias)).max()
        stream = min(stream, 16000 / largest)
    header = Header("ZKVM_EXAMPLES_ATTENTION_WEIGHTS_H_", "attention")
    for name, value in (("kTokens", TOKENS), ("kPixels", GRID), ("kWidth", WIDTH),
                        ("kHeads", HEADS), ("kInner", INNER), ("kClasses", CLASSES),
                        ("kNormUnit", NORM_UNIT), ("kGeluUnit", GELU_UNIT)):
        header.number(name, value)
    header.real("kGeluOutUnit", unit["u"])
    # A unit of the product of a query and a key, in units of 2^-9 nat.
    header.real("kScoreUnit", 512 / np.sqrt(HEAD) / unit["q"] / unit["k"])
    for name, values, source, result in (
            ("Embedding", w["we"], 127, stream), ("Positions", w["p"], 1, stream),
            ("Queries", w["wq"], NORM_UNIT, unit["q"]), ("Keys", w["wk"], NORM_UNIT, unit["k"]),
            ("Values", w["wv"], NORM_UNIT, unit["v"]), ("Output", w["wo"], unit["v"], stream),
            ("Inner1", w["w1"], NORM_UNIT, GELU_UNIT), ("Inner2", w["w2"], unit["u"], stream)):
        rounded, multiplier = layer(values, source, result)
        header.number(f"k{name}Multiplier", multiplier)
        header.model(f"k{name}", rounded)
    # No score is beyond 8000 units, whatever the int8 inputs of the layer.
    scores = 8000 / (np.abs(w["wf"]).sum(axis=0) * 128 / NORM_UNIT + np.abs(w["bf"])).max()
    header.model("kFinal", layer(w["wf"], NORM_UNIT, scores)[0])
    for name, values, result in (("kInner1Bias", w["b1"], GELU_UNIT),
                                 ("kInner2Bias", w["b2"], stream), ("kFinalBias", w["bf"], scores)):
        header.model(name, np.rint(values * 2**14 * result))
    header.write(HERE / "weights.h")


if __name__ == "__main__":
    main()
