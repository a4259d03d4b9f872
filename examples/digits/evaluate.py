#!/usr/bin/python3
"""Prints the accuracy of a program that classifies digits, compiled for this machine, on the test
images: evaluate.py PROGRAM. Every image goes through the whole program, as a PGM file."""

import subprocess
import sys

import numpy as np

from dataset import Digits
from train import SEED


def main():
    data = Digits(np.random.default_rng(SEED))
    right = 0
    for i in data.test:
        pixels = data.images[i].astype(np.uint8)
        file = b"P5\n8 8\n16\n" + pixels.tobytes()
        run = subprocess.run(sys.argv[1], input=file, capture_output=True, check=True)
        right += run.stdout == b"digit %d\n" % data.labels[i]
    print(f"{right} of {len(data.test)} test images: {right / len(data.test):.4f}")


if __name__ == "__main__":
    main()
