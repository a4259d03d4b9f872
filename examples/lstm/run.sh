#!/bin/sh
# Compiles lstm.onnx, measures it on sequences it has never seen, proves one, and verifies that. Needs
# the zkvm command (in build/bin, or in PATH). With --train, the network is trained first (installs
# PyTorch and scikit-learn from Debian if they are missing).
set -eu

. "$(dirname "$0")/../prepare.sh"

run zkvm compile "$here/lstm.onnx" --calibrate "$here/calibration.npy" -o lstm.elf
run zkvm eval lstm.elf --data "$here/test.npy" --labels "$here/labels.npy"
run zkvm keygen lstm.elf -o lstm.key
run zkvm prove lstm.elf --input "$here/sample.npy" -o lstm.proof
run zkvm verify lstm.proof --key lstm.key
