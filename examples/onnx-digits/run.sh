#!/bin/sh
# Compiles digits.onnx with the C++ around it, measures it on images it has never seen, proves that it
# reads a 7, and verifies that. Needs the zkvm command (in build/bin, or in PATH). With --train, the
# network is trained first (installs PyTorch and scikit-learn from Debian if they are missing).
set -eu

. "$(dirname "$0")/../prepare.sh"

echo "== The network alone: 8-bit integers, and what they cost in accuracy"
run zkvm compile "$here/digits.onnx" --calibrate "$here/calibration.npy" -o network.elf
run zkvm eval network.elf --data "$here/test.npy" --labels "$here/labels.npy"

echo "== With image preparation in C++ before it"
run zkvm compile "$here/digits.onnx" --calibrate "$here/calibration.npy" \
  --pre "$here/guest.cc" --pre "$here/../digits/image.cc" \
  --input "$here/../digits/images/7.pgm" -o digits.elf
run zkvm keygen digits.elf -o digits.key
run zkvm prove digits.elf --input "$here/../digits/images/7.pgm" -o digits.proof
run zkvm verify digits.proof --key digits.key --journal journal.txt
run cat journal.txt
