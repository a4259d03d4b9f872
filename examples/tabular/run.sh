#!/bin/sh
# Compiles the forest and the logistic regression in exact arithmetic, checks that they predict what
# scikit-learn does for every row that training has not seen, proves one row of each, and verifies
# that. Needs the zkvm command (in build/bin, or in PATH). With --train, the models are trained first
# (installs scikit-learn and ONNX from Debian if they are missing).
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$(dirname "$here")")
build=${ZKVM_BUILD:-$root/build}
PATH=$build/bin:$PATH
if [ "${1:-}" = --train ]; then
  "$root/cmake/setup.sh" train
  /usr/bin/python3 "$here/train.py"
fi
mkdir -p "$build/examples/tabular"
cd "$build/examples/tabular"
run() {
  printf '$ %s\n' "$*"
  "$@"
}

for model in forest logistic; do
  run zkvm compile "$here/$model.onnx" -o "$model.elf"
  echo "== Against the diagnoses"
  run zkvm eval "$model.elf" --data "$here/test.npy" --labels "$here/labels.npy"
  echo "== Against scikit-learn: 100 %"
  run zkvm eval "$model.elf" --data "$here/test.npy" --labels "$here/$model.json" --json > "$model.json"
  grep '"accuracy"' "$model.json"
  run zkvm keygen "$model.elf" -o "$model.key"
  run zkvm prove "$model.elf" --input "$here/row.npy" -o "$model.proof"
  run zkvm verify "$model.proof" --key "$model.key"
done
