#!/usr/bin/env bash
# Sets everything up and runs every test.   ./test.sh [--all] [arguments for dotnet test]
#   --all   also the slow checks, and the programs that tests compare with (OpenMM's Python layer, MDTraj, MDAnalysis, Slurm, DuckDB) are installed
# The last line is "N passed, N failed, N skipped", over CTest and xunit together.
set -uo pipefail
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/scripts/bootstrap.sh"
if [ "${1:-}" = --all ]; then
  export MOLSAMPLING_TEST_ALL=1
  shift
fi
bootstrap || exit $?
cd "$bootstrap_root" || exit 3
[ "${MOLSAMPLING_TEST_ALL:-}" = 1 ] && install_for_tests

native="$(ctest --test-dir build/native --output-on-failure 2>&1)"
printf '%s\n' "$native"
native_total="$(sed -n 's/.* tests failed out of \([0-9]*\).*/\1/p' <<<"$native")"
native_failed="$(sed -n 's/.*tests passed, \([0-9]*\) tests* failed.*/\1/p' <<<"$native")"

if [ "${MOLSAMPLING_TEST_ALL:-}" = 1 ]; then
  # the same tests under AddressSanitizer and LeakSanitizer
  cmake -S native -B build/native-asan -DMOLSAMPLING_SANITIZE=ON -DCMAKE_BUILD_TYPE=Debug >/dev/null && cmake --build build/native-asan -j "$(nproc)" >/dev/null &&
    ctest --test-dir build/native-asan --output-on-failure || native_failed=$(( ${native_failed:-0} + 1 ))
fi

managed="$(mktemp)"
trap 'rm -f "$managed"' EXIT
MSBUILDDISABLENODEREUSE=1 dotnet test tests/Tests.csproj -c Release --no-build --nologo "$@" 2>&1 | tee "$managed"
status="${PIPESTATUS[0]}"
count() { sed -n "s/.*[!] *- Failed: *\([0-9]*\), Passed: *\([0-9]*\), Skipped: *\([0-9]*\).*/\\$1/p" "$managed" | tail -n 1; }

failed=$(( ${native_failed:-0} + $(count 1 | grep . || echo 0) ))
passed=$(( ${native_total:-0} - ${native_failed:-0} + $(count 2 | grep . || echo 0) ))
skipped=$(( $(count 3 | grep . || echo 0) ))
[ "$status" -ne 0 ] && [ "$failed" -eq 0 ] && failed=1 # the runner itself failed
printf '%s passed, %s failed, %s skipped\n' "$passed" "$failed" "$skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
