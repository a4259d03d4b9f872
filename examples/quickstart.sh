#!/bin/sh
# From a bare Debian 12 machine to a verified proof: builds zkvm, compiles an ONNX network with image
# preparation in C++ before it (examples/onnx-digits), proves that it reads a handwritten 7, and
# verifies that; then shows that a tampered proof and the key of another program are rejected.
# Everything it writes is in build/.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
out=$root/build/quickstart
example=$root/examples/onnx-digits
image=$root/examples/digits/images/7.pgm

say() { printf '\n== %s\n' "$*"; }
run() {
  printf '$ %s\n' "$*"
  "$@"
}
# Runs a command that has to fail.
reject() {
  printf '$ %s\n' "$*"
  if "$@"; then
    echo "This should have been rejected." >&2
    exit 1
  fi
}

say "Installing what is missing, and building (the first time takes minutes)"
"$root/cmake/setup.sh"
cmake -S "$root" -B "$root/build" -G Ninja -DZKVM_TESTS=OFF > /dev/null
cmake --build "$root/build" --target zkvm guest_sdk > "$root/build/quickstart.log" ||
  { tail -50 "$root/build/quickstart.log"; exit 1; }
mkdir -p "$out"
cd "$out"
PATH=$root/build/bin:$PATH

say "Compiling the network, exported from PyTorch, to 8-bit integers fitted to sample images"
run zkvm compile "$example/digits.onnx" --calibrate "$example/calibration.npy" -o network.elf

say "What the integers cost: the accuracy on images that it has never seen"
run zkvm eval network.elf --data "$example/test.npy" --labels "$example/labels.npy"

say "The same network with image preparation in plain C++ before it"
run zkvm compile "$example/digits.onnx" --calibrate "$example/calibration.npy" \
  --pre "$example/guest.cc" --pre "$root/examples/digits/image.cc" --input "$image" -o digits.elf

say "The verifying key, which stands for this program and no other"
run zkvm keygen digits.elf -o digits.key

say "Running it without a proof, then proving it; the image is the private input"
run zkvm run digits.elf --input "$image"
run zkvm prove digits.elf --input "$image" -o digits.proof

say "Verifying, with nothing but the proof and the key; the journal is what was proven"
run zkvm verify digits.proof --key digits.key --journal journal.txt
run cat journal.txt

say "A proof with one changed byte is rejected"
cp digits.proof tampered.proof
middle=$(($(wc -c < digits.proof) / 2))
byte=$(od -An -tu1 -j "$middle" -N 1 digits.proof)
printf "\\$(printf %o $((byte ^ 1)))" |
  dd of=tampered.proof bs=1 seek="$middle" conv=notrunc status=none
reject zkvm verify tampered.proof --key digits.key

say "So is the proof under the key of another program"
run zkvm build "$root/examples/fibonacci/fibonacci.c" -o fibonacci.elf
run zkvm keygen fibonacci.elf -o fibonacci.key
reject zkvm verify digits.proof --key fibonacci.key

say "Done. The files are in $out"
