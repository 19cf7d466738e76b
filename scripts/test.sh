#!/usr/bin/env bash
# One line a gate, and the first red one ends it.
#   scripts/test.sh quick   linters, types, the quick tests
#   scripts/test.sh slow    the tests that take seconds to minutes
# Suites that need more than Python are installed through apt where that is allowed, else named and left out;
# with REQUIRE_ALL=1 leaving one out is an error.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=.venv/bin

gate() {
    local name="$1"
    shift
    local started=$SECONDS
    local output
    if output="$("$@" 2>&1)"; then
        echo "ok    $name ($((SECONDS - started)) s)"
    else
        echo "$output"
        echo "FAIL  $name"
        exit 1
    fi
}

# Node drives the bridges and the independent JavaScript clients of the slow suite.
need_node() {
    if command -v node >/dev/null && command -v npm >/dev/null; then return 0; fi
    if bash scripts/apt-install.sh nodejs npm; then return 0; fi
    if [ "${REQUIRE_ALL:-}" = 1 ]; then echo "FAIL  Node is needed for every suite"; exit 1; fi
    echo "left out: the tests of the bridges and with clients from npm, because there is no Node. Get it with: apt-get install nodejs npm"
    return 1
}

# The editor's tools need Node 20 with npm 11; what Debian has may be older.
need_ui_tools() {
    local major
    major="$(node --version 2>/dev/null | sed 's/^v\([0-9]*\).*/\1/')"
    if [ "${major:-0}" -ge 20 ] && command -v npm >/dev/null; then
        if make --silent ui/node_modules/.package-lock.json; then return 0; fi
    fi
    if [ "${REQUIRE_ALL:-}" = 1 ]; then echo "FAIL  Node 20 with npm is needed for every suite"; exit 1; fi
    echo "left out: the tests of the editor's sources and of the editor in a browser, because there is no Node 20 with npm"
    return 1
}

# The Data Store is tested on a real PostgreSQL server, which the tests start for themselves.
need_postgres() {
    if ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || command -v postgres >/dev/null; then return 0; fi
    if bash scripts/apt-install.sh postgresql; then return 0; fi
    if [ "${REQUIRE_ALL:-}" = 1 ]; then echo "FAIL  PostgreSQL is needed for every suite"; exit 1; fi
    echo "left out: the tests of the Data Store on PostgreSQL, because there is no server. Get it with: apt-get install postgresql"
    return 1
}

need_chromium() {
    if [ -x "${CHROMIUM:-/usr/bin/chromium}" ]; then return 0; fi
    if bash scripts/apt-install.sh chromium; then return 0; fi
    if [ "${REQUIRE_ALL:-}" = 1 ]; then echo "FAIL  Chromium is needed for every suite"; exit 1; fi
    echo "left out: the tests of the editor and of the bridges in a browser, because there is no Chromium. Get it with: apt-get install chromium"
    return 1
}

case "${1:-quick}" in
quick)
    gate format "$bin/ruff" format --check .
    gate lint "$bin/ruff" check .
    gate imports "$bin/lint-imports" --no-cache
    for product in . studio sandbox; do gate "dependencies of $product" bash -c "cd $product && $PWD/$bin/deptry ."; done
    gate prose "$bin/python" scripts/prose.py
    gate types "$bin/mypy"
    marker="not slow"
    need_postgres || marker="not slow and not postgres"
    need_node || marker="$marker and not node"
    "$bin/python" -m pytest -n auto -m "$marker" --cov --cov-report=
    gate "coverage, 95 % of all" "$bin/coverage" report --skip-covered --fail-under=95
    gate "coverage, all of run and validation" "$bin/coverage" report --skip-covered --show-missing --fail-under=100 \
        --include='ziggy_sf_write/run/*,ziggy_sf_write/validation/*'
    if need_ui_tools; then
        gate bridges make --silent bridges-test
        gate editor make --silent ui-test
        if need_chromium; then gate browser make --silent browser; fi
    fi
    ;;
slow)
    marker="slow"
    need_node || marker="slow and not node"
    need_chromium || true # asked for here, so that the bridges find it; they leave out what needs it
    "$bin/python" -m pytest -n 2 -m "$marker"
    if need_ui_tools && need_chromium; then gate "browser, slow" make --silent browser-slow; fi
    ;;
*)
    echo "usage: scripts/test.sh quick|slow" >&2
    exit 2
    ;;
esac
