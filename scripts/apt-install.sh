#!/usr/bin/env bash
# Installs Debian packages where this user may; says which are missing where not.
set -euo pipefail

if ! command -v apt-get >/dev/null; then
    echo "Missing: $*. This machine has no apt-get; install them its own way." >&2
    exit 1
fi
as_root=""
if [ "$(id -u)" != 0 ]; then
    if ! sudo -n true 2>/dev/null; then
        echo "Missing: $*. Run as root: apt-get install $*" >&2
        exit 1
    fi
    as_root="sudo -n"
fi
$as_root apt-get update -qq
DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends "$@" >/dev/null
