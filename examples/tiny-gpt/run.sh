#!/bin/sh
# Compiles gpt.onnx with the C++ around it, lets it continue a text, and proves the whole continuation
# with one proof. Needs the zkvm command (in build/bin, or in PATH). Arguments: the prompt (lower case;
# up to 40 characters). With --train alone, the network is trained first (installs PyTorch from Debian
# if it is missing).
set -eu

. "$(dirname "$0")/../prepare.sh"
prompt=${*:-this license applies to }

echo "== The network alone, on text that it has never seen"
run zkvm compile "$here/gpt.onnx" --calibrate "$here/calibration.npy" -o network.elf
run zkvm eval network.elf --data "$here/test.npy" --labels "$here/labels.npy"

echo "== Writing: one run for every character, not proven"
run zkvm compile "$here/gpt.onnx" --calibrate "$here/calibration.npy" --pre "$here/guest.cc" -o gpt.elf
printf 'write %d\n%s\n' $((64 - ${#prompt})) "$prompt" > write.txt
run zkvm run gpt.elf --input write.txt --journal written.txt
cat written.txt

echo "== Proving: one run over the whole text shows that every character is the likeliest"
{ echo check; cat written.txt; } > check.txt
run zkvm keygen gpt.elf -o gpt.key
run zkvm prove gpt.elf --input check.txt -o gpt.proof
run zkvm verify gpt.proof --key gpt.key --journal proven.txt
cmp written.txt proven.txt
