#!/usr/bin/python3
"""Measures whole paths of models, from ONNX to a verified proof, and prints a table (bench/README.md):

    bench/models.py BUILD [FOLDER]

BUILD is a build folder with bin/zkvm; FOLDER has the networks of make_models.py, if they are to be
measured too. Times are those of the commands themselves; proving is timed twice, each in a process of
its own, and the better time printed.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

EXAMPLES = pathlib.Path(__file__).parent.parent / "examples"

DIGITS = EXAMPLES / "onnx-digits"
LSTM = EXAMPLES / "lstm"
TABULAR = EXAMPLES / "tabular"
GPT = EXAMPLES / "tiny-gpt"


class Model:
    """Files; `sample` is the input to prove (None: the first sample of `test`), `pre` C++ before it."""

    def __init__(self, name, model, calibrate=None, test=None, labels=None, sample=None, pre=()):
        self.name, self.model, self.calibrate = name, model, calibrate
        self.test, self.labels, self.sample, self.pre = test, labels, sample, pre


def models(folder):
    image = EXAMPLES / "digits" / "images" / "7.pgm"
    yield Model("onnx-digits", DIGITS / "digits.onnx", DIGITS / "calibration.npy",
                DIGITS / "test.npy", DIGITS / "labels.npy")
    yield Model("onnx-digits, image in C++", DIGITS / "digits.onnx", DIGITS / "calibration.npy",
                sample=image, pre=(DIGITS / "guest.cc", EXAMPLES / "digits" / "image.cc"))
    yield Model("lstm", LSTM / "lstm.onnx", LSTM / "calibration.npy", LSTM / "test.npy",
                LSTM / "labels.npy")
    yield Model("tiny-gpt", GPT / "gpt.onnx", GPT / "calibration.npy", GPT / "test.npy",
                GPT / "labels.npy")
    for name in ("forest", "logistic"):
        yield Model(f"tabular, {name}", TABULAR / f"{name}.onnx", None, TABULAR / "test.npy",
                    TABULAR / "labels.npy")
    if folder is not None:
        for name in ("vgg16", "resnet18", "nanogpt"):
            yield Model(name, folder / f"{name}.onnx", folder / f"{name}.npy", folder / f"{name}.npy")


def first_sample(path, scratch):
    """A file with the first sample of a .npy file alone."""
    import numpy as np  # of Debian: python3-numpy

    sample = scratch / "sample.npy"
    np.save(sample, np.load(path)[0])
    return sample


class Zkvm:
    def __init__(self, build):
        self.command = str(build / "bin" / "zkvm")

    def __call__(self, *arguments):
        done = subprocess.run([self.command, *map(str, arguments), "--json"], capture_output=True,
                              text=True, check=False)
        if done.returncode != 0:
            sys.exit(f"{' '.join(map(str, arguments))}: {done.stderr}")
        return json.loads(done.stdout)


def measure(zkvm, model, scratch):
    elf, key, proof = (scratch / f"model.{suffix}" for suffix in ("elf", "key", "proof"))
    calibrate = ("--calibrate", model.calibrate) if model.calibrate else ()
    pre = [argument for file in model.pre for argument in ("--pre", file)]
    compiled = zkvm("compile", model.model, *calibrate, *pre, "-o", elf)
    evaluated = {}
    if model.test:
        labels = ("--labels", model.labels) if model.labels else ()
        evaluated = zkvm("eval", elf, "--data", model.test, *labels)
    zkvm("keygen", elf, "-o", key)
    sample = model.sample or first_sample(model.test, scratch)
    proofs = [zkvm("prove", elf, "--input", sample, "-o", proof) for _ in range(2)]
    best = min(proofs, key=lambda p: p["seconds"]["prove"])

    def percent(value):
        return "" if value is None else f"{100 * value:.2f}"

    def number(value, digits=2):
        return "" if value is None else f"{value:.{digits}f}"

    return [model.name, number(compiled["seconds"]), percent(evaluated.get("float_accuracy")),
            percent(evaluated.get("accuracy")), percent(evaluated.get("agreement")),
            percent(evaluated.get("error")), number(evaluated.get("inferences_per_second"), 0),
            str(best["cycles"]), percent(evaluated.get("tensor_share", compiled.get("tensor_share"))), number(best["cells"] / 1e6, 1),
            number(best["seconds"]["prove"]), number(best["memory_bytes"]["peak"] / 2**30),
            number(best["proof_bytes"] / 2**20), number(1000 * best["seconds"]["verify"], 1)]


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    zkvm = Zkvm(pathlib.Path(sys.argv[1]))
    folder = pathlib.Path(sys.argv[2]) if len(sys.argv) == 3 else None
    columns = ["model", "compile s", "float %", "integers %", "agree %", "error %", "eval / s",
               "cycles", "in calls %", "cells M", "prove s", "GiB", "proof MiB", "verify ms"]
    print("| " + " | ".join(columns) + " |\n|" + "---|" * len(columns))
    with tempfile.TemporaryDirectory() as scratch:
        for model in models(folder):
            row = measure(zkvm, model, pathlib.Path(scratch))
            print("| " + " | ".join(row) + " |", flush=True)


if __name__ == "__main__":
    main()
