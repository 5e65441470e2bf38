#!/usr/bin/env bash
# Sets everything up and runs every test.   ./test.sh [--all] [arguments for dotnet test, such as --filter NAME]
#   --all   also the slow checks, code style, and all of it without 512-bit lanes; the programs that tests compare with (the Python layers of RDKit and OpenMM, MDTraj, MDAnalysis, Slurm, DuckDB) are installed
# It ends with the slowest tests, what was skipped and why, and "N passed, N failed, N skipped", over CTest and xunit together. Arguments for dotnet test make it one run of those tests.
set -uo pipefail
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/scripts/bootstrap.sh"
if [ "${1:-}" = --all ]; then
  export MOLSAMPLING_TEST_ALL=1 EnforceCodeStyleInBuild=true # the build looks at code style as well
  rm -f "$bootstrap_stamp.everything"
  shift
fi
bootstrap everything || exit $?
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

passed=$(( ${native_total:-0} - ${native_failed:-0} ))
failed=$(( ${native_failed:-0} ))
skipped=0
results="$bootstrap_root/build/tests"
rm -rf "$results"
mkdir -p "$results"
measured=() # the .trx files of what ran
trap 'trap - INT TERM; kill 0' INT TERM # what runs in the background does not hear Ctrl-C

# managed NAME [arguments for dotnet test]: a process of tests; its results go to NAME.trx, what it prints to NAME.log as well, its exit status to NAME.status
managed() {
  local name="$1"
  shift
  MSBUILDDISABLENODEREUSE=1 dotnet test tests/Tests.csproj -c Release --no-build --nologo --logger "trx;LogFileName=$results/$name.trx" "$@" 2>&1 | tee "$results/$name.log"
  echo "${PIPESTATUS[0]}" >"$results/$name.status"
}

# take NAME: adds a process's tests to the counts
take() {
  local status counts
  status="$(cat "$results/$1.status" 2>/dev/null || echo 1)"
  counts="0 0 0"
  if [ -f "$results/$1.trx" ]; then
    measured+=("$results/$1.trx")
    counts="$(scripts/test-summary.sh --counts "$results/$1.trx")"
  fi
  # shellcheck disable=SC2086
  set -- "$status" $counts
  [ "$1" -ne 0 ] && [ "$2" -eq 0 ] && set -- "$1" 1 "$3" "$4" # the runner itself failed
  failed=$(( failed + $2 ))
  passed=$(( passed + $3 ))
  skipped=$(( skipped + $4 ))
}

# whole NAME: all tests, in two processes side by side; those that use libtorch run one by one, so that they would leave cores idle. There
# libtorch has one thread, since its threads wait for each other wherever cores are shared; --all leaves it its own.
whole() {
  (
    [ "${MOLSAMPLING_TEST_ALL:-}" = 1 ] || export OMP_NUM_THREADS=1
    managed "$1-libtorch" --filter "process=libtorch"
  ) >/dev/null &
  managed "$1" --filter "process!=libtorch"
  wait $!
  cat "$results/$1-libtorch.log"
  take "$1"
  take "$1-libtorch"
}

if [ $# -gt 0 ]; then
  managed tests "$@"
  take tests
else
  whole tests
  # What a CPU without 512-bit lanes does; MOLSAMPLING_TEST_LANES lets a test see that the switch was heard.
  if grep -qsw avx512f /proc/cpuinfo; then
    export DOTNET_EnableAVX512=0 ATEN_CPU_CAPABILITY=avx2 MOLSAMPLING_TEST_LANES=256
    if [ "${MOLSAMPLING_TEST_ALL:-}" = 1 ]; then
      whole lanes256
    else
      managed lanes256 --filter "cpu=lanes"
      take lanes256
    fi
  fi
  if [ "${MOLSAMPLING_TEST_ALL:-}" = 1 ]; then
    export DOTNET_EnableAVX2=0 ATEN_CPU_CAPABILITY=default MOLSAMPLING_TEST_LANES=128
    managed lanes128 --filter "cpu=lanes"
    take lanes128
  fi
fi

scripts/test-summary.sh ${measured[@]+"${measured[@]}"}
printf '%s passed, %s failed, %s skipped\n' "$passed" "$failed" "$skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
