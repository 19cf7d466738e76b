#!/usr/bin/env bash
# Resolves pyproject.toml into constraints.txt: exact versions with hashes, no index addresses.
# What is locked stays where it can; `scripts/lock.sh --upgrade` takes the newest releases.
set -euo pipefail
cd "$(dirname "$0")/.."
.venv/bin/python -m pip install --quiet --disable-pip-version-check uv
.venv/bin/uv pip compile --quiet pyproject.toml studio/pyproject.toml sandbox/pyproject.toml --all-extras --group dev --generate-hashes --python-version 3.11 \
    --no-header --no-annotate --no-emit-index-url --no-emit-find-links \
    --no-emit-package ziggy-sf-write --no-emit-package ziggy-studio --no-emit-package salesforce-sandbox "$@" -o constraints.txt
