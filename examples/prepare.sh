# What the run.sh of an example begins with, to be sourced by it: trains the model if the first argument
# is --train (which is then gone), finds the zkvm command (in build/bin, or in PATH), and goes to a
# folder of the example's in the build folder. `here` is the example's own folder, and `run COMMAND`
# shows a command before it runs.
here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$(dirname "$here")")
build=${ZKVM_BUILD:-$root/build}
PATH=$build/bin:$PATH
if [ "${1:-}" = --train ]; then
  "$root/cmake/setup.sh" train
  /usr/bin/python3 "$here/train.py"
  shift
fi
mkdir -p "$build/examples/$(basename "$here")"
cd "$build/examples/$(basename "$here")"

run() {
  printf '$ %s\n' "$*"
  "$@"
}
