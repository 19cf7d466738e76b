#!/usr/bin/env bash
# Puts the package, its extras and the tools into .venv, at the exact versions of constraints.txt.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ -z "${PYTHON:-}" ]; then
    echo "Python 3.11 or newer is needed, and no python3 is on the path. Install it, then run this again." >&2
    exit 1
fi

if [ ! -x .venv/bin/python ]; then
    # Debian keeps venv's bootstrap apart from Python itself.
    if ! "$PYTHON" -c 'import ensurepip' 2>/dev/null; then
        package="$("$PYTHON" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"
        echo "$PYTHON has no ensurepip; installing $package" >&2
        bash scripts/apt-install.sh "$package"
    fi
    "$PYTHON" -m venv .venv
fi

# The lock names every package there is to install. Left to resolve, pip would look at releases newer than the lock
# for a requirement with an extra, and refuse them for want of a hash.
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r constraints.txt
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation \
    --editable . --editable sandbox --editable studio
