# Sourced by ./molsampling and ./test.sh: installs what is missing, builds, and then does nothing until a source changes.
# Standard output belongs to the program: everything here speaks on standard error.
#   bootstrap program          the native libraries and the program
#   bootstrap everything       tests and examples too
#   MOLSAMPLING_NO_INSTALL=1   never install; print the one command that would

bootstrap_root="$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)"
bootstrap_stamp="$bootstrap_root/build/stamp" # .program, .everything
bootstrap_program="$bootstrap_root/src/Cli/bin/Release/net10.0/molsampling.dll"

say() { printf 'molsampling: %s\n' "$*" >&2; }

# is_current WHAT: true while nothing that the build of WHAT reads is newer than its last complete build here.
is_current() {
  local stamp="$bootstrap_stamp.$1" read=("$bootstrap_root/src" "$bootstrap_root/native" "$bootstrap_root/scripts")
  [ "$1" = program ] || read+=("$bootstrap_root/tests" "$bootstrap_root/examples" "$bootstrap_root/MolSampling.sln")
  [ -f "$stamp" ] && [ -f "$bootstrap_program" ] && [ "$(cat "$stamp")" = "$bootstrap_root" ] || return 1
  [ -z "$(find "${read[@]}" "$bootstrap_root"/Directory.*.props "$bootstrap_root/.editorconfig" \
      \( -name bin -o -name obj -o -name node_modules \) -prune -o -newer "$stamp" -type f -print -quit)" ]
}

# Names of Debian packages for what is not here.
missing_packages() {
  command -v g++ >/dev/null || echo g++
  command -v cmake >/dev/null || echo cmake
  command -v make >/dev/null || echo make
  have_header() { local f; for f in "${CONDA_PREFIX:-/nonexistent}/include" /usr/include /usr/local/include; do [ -e "$f/$1" ] && return 0; done; return 1; }
  have_header rdkit/GraphMol/GraphMol.h || echo librdkit-dev
  have_header boost/shared_ptr.hpp || echo libboost-dev
  if [ -f "$bootstrap_root/native/openmm/CMakeLists.txt" ]; then
    have_header OpenMM.h || [ -n "${OPENMM_DIR:-}" ] || { echo libopenmm-dev; echo libopenmm-plugins; }
  fi
}

install_missing() {
  local packages sudo="" command
  packages="$(missing_packages | tr '\n' ' ')"
  packages="${packages% }"
  [ -z "$packages" ] && return 0
  if [ -n "${CONDA_PREFIX:-}" ] && command -v conda >/dev/null; then
    # conda-forge's names
    packages="$(sed 's/g++/cxx-compiler/; s/librdkit-dev/librdkit-dev/; s/libboost-dev/libboost-devel/; s/libopenmm-dev libopenmm-plugins/openmm/' <<<"$packages")"
    command="conda install -y -c conda-forge $packages"
  elif command -v apt-get >/dev/null; then
    [ "$(id -u)" -ne 0 ] && sudo="sudo "
    command="${sudo}apt-get update && ${sudo}apt-get install -y --no-install-recommends $packages"
  else
    say "missing: $packages; install them with your system's package manager and run this again"
    return 3
  fi
  if [ "${MOLSAMPLING_NO_INSTALL:-}" = 1 ] || { [ -n "$sudo" ] && ! sudo -n true 2>/dev/null && [ ! -t 0 ]; }; then
    say "missing: $packages; to install: $command"
    return 3
  fi
  say "installing $packages"
  DEBIAN_FRONTEND=noninteractive bash -c "$command" >"$bootstrap_root/build/install.log" 2>&1 && return 0
  tail -n 5 "$bootstrap_root/build/install.log" >&2
  say "installing failed (build/install.log); by hand: $command"
  return 3
}

# Programs that only tests compare with or run in. A test whose program is not here is skipped and says so, so nothing depends on this.
install_for_tests() {
  local packages="slurm-wlm python3-rdkit python3-mdtraj python3-mdanalysis python3-simtk libxtb6 xtb" sudo=""
  [ "$(id -u)" -ne 0 ] && sudo="sudo -n "
  [ "${MOLSAMPLING_NO_INSTALL:-}" != 1 ] || return 0
  fetch_duckdb
  command -v apt-get >/dev/null || return 0
  # shellcheck disable=SC2086
  dpkg -s $packages >/dev/null 2>&1 && return 0
  say "installing what tests compare with: $packages"
  DEBIAN_FRONTEND=noninteractive bash -c "${sudo}apt-get update && ${sudo}apt-get install -y --no-install-recommends $packages" >"$bootstrap_root/build/install-tests.log" 2>&1 ||
    say "that failed (build/install-tests.log); tests that need them are skipped"
}

# An independent reader of our Parquet files, for slow tests (70 MB).
fetch_duckdb() {
  local folder="$bootstrap_root/tests/Formats/duckdb"
  [ -d "$folder/node_modules/@duckdb/node-api" ] && [ ! "$folder/package-lock.json" -nt "$folder/node_modules" ] && return 0
  command -v npm >/dev/null || { say "npm is not here: tests that compare with DuckDB are skipped"; return 0; }
  (cd "$folder" && npm ci --ignore-scripts >"$bootstrap_root/build/npm-duckdb.log" 2>&1 && touch node_modules) || say "npm ci failed (build/npm-duckdb.log): tests that compare with DuckDB are skipped"
}

build_native() {
  say "building native libraries"
  { cmake -S "$bootstrap_root/native" -B "$bootstrap_root/build/native" -DCMAKE_BUILD_TYPE=Release &&
    cmake --build "$bootstrap_root/build/native" -j "$(nproc)" -- --keep-going; } >"$bootstrap_root/build/native.log" 2>&1 && return 0
  grep -m 3 -E 'error|Error' "$bootstrap_root/build/native.log" >&2
  say "a native library was not built (build/native.log); what does not need it runs all the same"
}

# The report's 3D viewer; reports say what is missing where npm is not here.
fetch_viewer() {
  local viewer="$bootstrap_root/src/Jobs/Reports/viewer"
  [ -d "$viewer/node_modules/3dmol" ] && [ ! "$viewer/package-lock.json" -nt "$viewer/node_modules" ] && return 0
  command -v npm >/dev/null || { say "npm is not here: reports will have no 3D view"; return 0; }
  (cd "$viewer" && npm ci --ignore-scripts >"$bootstrap_root/build/npm.log" 2>&1 && touch node_modules) || say "npm ci failed (build/npm.log): reports will have no 3D view"
}

# build_managed WHAT
build_managed() {
  command -v dotnet >/dev/null || { say "the .NET SDK 10 is not here (https://dotnet.microsoft.com/download)"; return 3; }
  say "building MolSampling"
  local locked=() target="$bootstrap_root/MolSampling.sln"
  [ "$1" = program ] && target="$bootstrap_root/src/Cli/Cli.csproj"
  [ "${CI:-}" = true ] && locked=(-p:RestoreLockedMode=true)
  # Servers would outlive the build and hold memory. The compiler's saves a fifth of the time, so it gets a name of its own and is ended.
  local status=0 compiler="molsampling-$$"
  MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_USE_MSBUILD_SERVER=0 dotnet build "$target" -c Release -v quiet --nologo \
    -nodeReuse:false -p:UseSharedCompilation=true -p:SharedCompilationId="$compiler" "${locked[@]}" >"$bootstrap_root/build/dotnet.log" 2>&1 || status=$?
  dotnet exec "$(dotnet --info | sed -n 's/^ *Base Path: *//p')/Roslyn/bincore/VBCSCompiler.dll" "-pipename:$compiler" -shutdown >/dev/null 2>&1
  [ "$status" -eq 0 ] && return 0
  grep -m 5 -E 'error' "$bootstrap_root/build/dotnet.log" >&2
  say "the build failed (build/dotnet.log)"
  return 3
}

# bootstrap WHAT
bootstrap() {
  is_current "$1" && return 0
  mkdir -p "$bootstrap_root/build"
  exec 9>"$bootstrap_root/build/lock"
  if ! flock -n 9; then
    say "another start is building here; waiting for it (build/lock)"
    flock 9
  fi
  local status=0
  is_current "$1" || build_all "$1" 9>&- || status=$? # what is started there does not inherit the lock: a process that stays behind would hold it
  exec 9>&-
  return "$status"
}

build_all() {
  # the stamp bears the time of the start: what changes while we build is built next time
  touch "$bootstrap_stamp.new"
  install_missing || return
  # side by side: neither needs the other, and neither keeps all cores busy to its end
  build_native &
  local native=$! status=0 built=(program)
  fetch_viewer
  build_managed "$1" || status=$?
  wait "$native"
  [ "$status" -eq 0 ] || return "$status"
  [ "$1" = program ] || built+=(everything)
  printf '%s' "$bootstrap_root" >"$bootstrap_stamp.text"
  touch -r "$bootstrap_stamp.new" "$bootstrap_stamp.text"
  for what in "${built[@]}"; do
    cp -p "$bootstrap_stamp.text" "$bootstrap_stamp.part" && mv "$bootstrap_stamp.part" "$bootstrap_stamp.$what"
  done
  rm -f "$bootstrap_stamp.new" "$bootstrap_stamp.text"
}
