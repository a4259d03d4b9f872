#!/bin/sh
# From a bare Debian 12 machine to the result of all tests: installs what is missing, builds
# everything into build/ and runs its tests, then does the same with what reads hostile bytes, built
# with AddressSanitizer and UndefinedBehaviorSanitizer, in build-sanitize/. Arguments go to cmake.
# The last line counts the tests.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
jobs=$(nproc)

# Parsers, the verifier, and what they are made of.
sanitized='bytes_test blake3_test field_test merkle_test transcript_test security_test prover_test
  decode_test elf_test framing_test key_test heights_test engine_attack_test mutations_test
  compiler_tensors_test compiler_samples_test compiler_journal_test compiler_info_test
  data_mutations_test'

# Runs tests of a build directory. Programs of GoogleTest leave a count of their own.
run_tests() {
  build=$1
  shift
  rm -rf "$build/results"
  mkdir "$build/results"
  GTEST_OUTPUT="xml:$build/results/" ctest --test-dir "$build" -j "$jobs" --output-on-failure \
    --output-junit "$build/results.xml" "$@" || status=1
}

# Adds up the tests of a build directory. A program that failed without counting, because it
# crashed or is no GoogleTest program, is one failed test.
count_tests() {
  build=$1
  sed -n 's/.*<testcase name="\([^"]*\)".* status="\([a-z]*\)".*/\1 \2/p' "$build/results.xml" |
    while read -r name result; do
      counts=$(sed -n 's/.*<testsuites tests="\([0-9]*\)" failures="\([0-9]*\)".*/\1 \2/p' \
        "$build/results/$name.xml" 2> /dev/null || true)
      skipped=$(grep -c 'result="skipped"' "$build/results/$name.xml" 2> /dev/null || true)
      if [ "$result" = run ]; then
        echo "${counts:-1 0} ${skipped:-0}"
      elif [ "${counts#* }" -gt 0 ] 2> /dev/null; then
        echo "$counts ${skipped:-0}"
      else
        echo "1 1 0"
      fi
    done
}

"$root/cmake/setup.sh" test
status=0

cmake -S "$root" -B "$root/build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DZKVM_TESTS=ON "$@"
cmake --build "$root/build"
run_tests "$root/build"

cmake -S "$root" -B "$root/build-sanitize" -G Ninja -DCMAKE_BUILD_TYPE=Release \
  -DCMAKE_CXX_FLAGS_RELEASE='-O1 -D_GLIBCXX_ASSERTIONS' -DZKVM_TESTS=ON -DZKVM_SANITIZE=ON "$@"
# shellcheck disable=SC2086
cmake --build "$root/build-sanitize" --target $sanitized
# shellcheck disable=SC2086
run_tests "$root/build-sanitize" -R "^($(echo $sanitized | tr ' ' '|'))\$"

{ count_tests "$root/build" && count_tests "$root/build-sanitize"; } | awk '
  { tests += $1; failed += $2; skipped += $3 }
  END {
    if (skipped) printf "%d skipped\n", skipped
    printf "%d passed, %d failed\n", tests - failed - skipped, failed
    exit failed > 0 || tests == 0
  }' || status=1
exit "$status"
