#!/usr/bin/python3
"""The rounding error of weights, relative to the weights (root mean square), for every layer of ONNX
models: 8 bits with a scale for each output channel, and 16 bits with one scale for the layer, as fine as
the bound 2^29 on sums allows (docs/quantization.md). Batch normalization is not folded.

    bench/weight_rounding.py MODEL.onnx...

Sources are taken as 8 bits without sign (255 at most). Debian: python3-onnx.
"""

import sys

import numpy as np
import onnx
from onnx import numpy_helper

BOUND = 2**29 - 2**13
SOURCE = 255


def relative(error, weights):
    return 100 * np.sqrt(np.mean(error**2) / np.mean(weights**2))


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    print("| model | layer | fan-in | int8 by channel % | one scale % |\n|---|---|---|---|---|")
    for path in sys.argv[1:]:
        graph = onnx.load(path).graph
        constants = {t.name: numpy_helper.to_array(t).astype(np.float64) for t in graph.initializer}
        for node in graph.node:
            if node.op_type not in ("Conv", "Gemm", "MatMul") or node.input[1] not in constants:
                continue
            weights = constants[node.input[1]]
            transposed = any(a.name == "transB" and a.i == 1 for a in node.attribute)
            if node.op_type != "Conv" and not transposed:
                weights = weights.T
            rows = weights.reshape(weights.shape[0], -1)  # [outputs, fan-in]
            channel = np.abs(rows).max(axis=1, keepdims=True) / 127
            layer = max(np.abs(rows).sum(axis=1).max() * SOURCE / BOUND, np.abs(rows).max() / 32767)
            errors = [relative(np.round(rows / s) * s - rows, rows) for s in (channel, layer)]
            print(f"| {path.rsplit('/', 1)[-1]} | {node.name} | {rows.shape[1]} | "
                  f"{errors[0]:.2f} | {errors[1]:.3f} |")


if __name__ == "__main__":
    main()
