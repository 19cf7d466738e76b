#!/usr/bin/env bash
# Two lines a gate: that it begins, and how long it took. The first red one ends it.
#   scripts/test.sh quick   linters, types, the quick tests with their coverage, the editor's stories in a browser
#   scripts/test.sh fast    the quick tests of the plugin alone, without coverage
#   scripts/test.sh slow    the tests that take seconds to minutes
# Suites that need more than Python are installed through apt where that is allowed, else named and left out;
# with REQUIRE_ALL=1 leaving one out is an error.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=.venv/bin
# Tests start Python hundreds of times; where it may not keep what it has compiled, each start takes twice as long.
unset PYTHONDONTWRITEBYTECODE

gate() {
    local name="$1"
    shift
    local started=$SECONDS
    local output
    echo "..    $name"
    if output="$("$@" 2>&1)"; then
        echo "ok    $name ($((SECONDS - started)) s)"
    else
        echo "$output"
        echo "FAIL  $name"
        exit 1
    fi
}

# A suite that shows its own progress.
suite() {
    local name="$1"
    shift
    local started=$SECONDS
    echo "..    $name"
    "$@" || { echo "FAIL  $name"; exit 1; }
    echo "ok    $name ($((SECONDS - started)) s)"
}

# The tests, with what they reach. Plugins are named: pytest would rewrite the packages of those that it finds by itself,
# of which the sandbox is one, and then nothing could be measured there.
measured() {
    rm -rf .coverage
    PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 "$bin/python" -m pytest \
        -p xdist -p randomly -p hypothesispytest -p salesforce-sandbox -p tests.support.covered "$@"
}

# Pytest rewrites the asserts of all tests, and keeps what it has rewritten: once, before each worker does it for itself.
rewritten() {
    PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 "$bin/python" -m pytest --collect-only -q >/dev/null 2>&1 || true
}

# Gates of one core each, side by side.
together() {
    local pids=() status=0
    for part in "$@"; do "$part" & pids+=($!); done
    for pid in "${pids[@]}"; do wait "$pid" || status=1; done
    [ "$status" = 0 ] || exit 1
}

python_checks() {
    gate format "$bin/ruff" format --check .
    gate lint "$bin/ruff" check .
    gate prose "$bin/python" scripts/prose.py
    gate imports "$bin/lint-imports" --no-cache
    for product in . studio sandbox; do gate "dependencies of $product" bash -c "cd $product && $PWD/$bin/deptry ."; done
    gate types "$bin/mypy"
}

# In two halves that take alike long: the bridges, quick to check, go with the checks of Python, which need no tools to
# be fetched.
editor_checks() {
    need_ui_tools || return 0
    gate "editor, lint" npm --prefix ui run --silent lint
    gate "editor, types" npm --prefix ui run --silent types
    gate "editor, tests" npm --prefix ui run --silent test
    gate "editor, size" npm --prefix ui run --silent budget
}

other_checks() {
    python_checks
    if has_ui_tools; then gate bridges make --silent bridges-test; fi
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
has_ui_tools() {
    local major
    major="$(node --version 2>/dev/null | sed 's/^v\([0-9]*\).*/\1/')"
    [ "${major:-0}" -ge 20 ] && command -v npm >/dev/null
}

need_ui_tools() {
    if has_ui_tools && make --silent ui/node_modules/.package-lock.json; then return 0; fi
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

# LibreOffice saves workbooks for the tests of the files that people bring.
need_libreoffice() {
    if command -v soffice >/dev/null; then return 0; fi
    if bash scripts/apt-install.sh libreoffice-calc; then return 0; fi
    if [ "${REQUIRE_ALL:-}" = 1 ]; then echo "FAIL  LibreOffice Calc is needed for every suite"; exit 1; fi
    echo "left out: the tests with workbooks of LibreOffice, because there is none. Get it with: apt-get install libreoffice-calc"
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
    marker="not slow"
    rewritten & # beside what is fetched for the editor; the tests say it where they cannot be collected
    rewriting=$!
    need_postgres || marker="not slow and not postgres"
    need_node || marker="$marker and not node"
    together other_checks editor_checks
    wait "$rewriting"
    # A test waits for half of its time, for an org that is slow on purpose or the end of a server.
    suite "tests of Python" measured -n "$(($(nproc) * 2))" --dist worksteal -m "$marker"
    gate "coverage, 95 % of all" "$bin/python" -m scripts.coverage 95
    gate "coverage, all of run and validation" "$bin/python" -m scripts.coverage 100 ziggy_sf_write/run ziggy_sf_write/validation
    if need_ui_tools && need_chromium; then gate browser make --silent browser; fi
    ;;
fast)
    suite "tests of the plugin" "$bin/python" -m pytest -q -n auto -m "not slow" --hypothesis-profile fast \
        tests/block tests/run tests/salesforce tests/validation
    ;;
slow)
    marker="slow"
    need_node || marker="slow and not node"
    need_libreoffice || marker="$marker and not libreoffice"
    need_chromium || true # asked for here, so that the bridges find it; they leave out what needs it
    suite "slow tests of Python" "$bin/python" -m pytest -n 2 --dist worksteal -m "$marker"
    if need_ui_tools; then
        gate "editor, slow" make --silent ui-test-slow
        if need_chromium; then gate "browser, slow" make --silent browser-slow; fi
    fi
    ;;
*)
    echo "usage: scripts/test.sh quick|fast|slow" >&2
    exit 2
    ;;
esac
echo "ok    all of it ($SECONDS s)"
