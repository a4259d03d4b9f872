#!/bin/sh
# Compiles the forest and the logistic regression in exact arithmetic, checks that they predict what
# scikit-learn does for every row that training has not seen, proves one row of each, and verifies
# that. Needs the zkvm command (in build/bin, or in PATH). With --train, the models are trained first
# (installs scikit-learn and ONNX from Debian if they are missing).
set -eu

. "$(dirname "$0")/../prepare.sh"

for model in forest logistic; do
  run zkvm compile "$here/$model.onnx" -o "$model.elf"
  echo "== Against the diagnoses"
  run zkvm eval "$model.elf" --data "$here/test.npy" --labels "$here/labels.npy"
  echo "== Against what scikit-learn predicts: all rows have to agree"
  zkvm eval "$model.elf" --data "$here/test.npy" --labels "$here/$model.json" --json > "$model.json"
  grep '"accuracy": 1.0,' "$model.json"
  run zkvm keygen "$model.elf" -o "$model.key"
  run zkvm prove "$model.elf" --input "$here/row.npy" -o "$model.proof"
  run zkvm verify "$model.proof" --key "$model.key"
done
