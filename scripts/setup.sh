#!/bin/sh
# Makes .venv in the checkout:  scripts/setup.sh runtime|dev   (PYTHON=... picks the interpreter)
# Does nothing, and needs no network, when .venv already holds what the lock file says.
set -eu
cd "$(dirname "$0")/.."
want=${1:-runtime}
lock=requirements/$want.txt
py=.venv/bin/python

refuse() { echo "twitchcam set-up: $*" >&2; exit 2; }
sum_of() { cksum <"$1"; }
holds() { [ -x $py ] && [ "$(cat ".venv/.lock-$1" 2>/dev/null)" = "$(sum_of "requirements/$1.txt")" ]; }
project() { echo "$PWD $(sum_of pyproject.toml)"; }
suitable() { "$1" -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] < (3, 13))' 2>/dev/null; }

find_python() {
    bare= dead=
    for name in ${PYTHON:-python3 python3.12 python3.11 python3.10}; do
        command -v "$name" >/dev/null 2>&1 || continue
        "$name" -c '' >/dev/null 2>&1 || { dead=$name; continue; }   # a shim of pyenv or a store without it
        suitable "$name" || continue
        "$name" -c 'import ensurepip, venv' 2>/dev/null && { echo "$name"; return; }
        bare=$name
    done
    [ -z "$bare" ] || refuse "$bare has no venv module. On Debian or Ubuntu: apt install python3-venv"
    [ -z "$dead" ] || [ -z "${PYTHON:-}" ] ||
        refuse "$dead is there, but does not start; see what '$dead -V' says, or give another with PYTHON=..."
    refuse "needs Python 3.10, 3.11 or 3.12${PYTHON:+ (not $PYTHON)}. On Debian 12: apt install python3-venv;" \
        "elsewhere: make PYTHON=/path/to/python3.12 ..."
}

case $want in runtime | dev) ;; *) refuse "usage: scripts/setup.sh runtime|dev" ;; esac
if { holds "$want" || { [ "$want" = runtime ] && holds dev; }; } &&
    [ "$(cat .venv/.project 2>/dev/null)" = "$(project)" ]; then
    exit 0
fi
[ "$(uname -s) $(uname -m)" != "Linux aarch64" ] ||
    refuse "mediapipe 0.10.21 has no Linux build for ARM: use an x86-64 machine (or macOS)"

# A .venv from another lock, another folder or an interrupted start is made anew; one that only lacks the
# development packages is added to.
keep=no
if [ -x $py ] && suitable $py && $py -m pip --version >/dev/null 2>&1; then
    case $(cat .venv/.project 2>/dev/null) in "$PWD "* | "") keep=yes ;; esac
    for set in runtime dev; do
        [ ! -e ".venv/.lock-$set" ] || holds $set || keep=no
    done
fi
if [ $keep = no ]; then
    python=$(find_python)
    echo "Setting up .venv with $("$python" -V) (once; downloads packages, see README for sizes)"
    "$python" -m venv --clear .venv
fi
rm -f .venv/.project
$py -m pip install --disable-pip-version-check --no-deps --require-hashes -r "$lock"
$py -m pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation -e .
sum_of "$lock" >".venv/.lock-$want"
project >.venv/.project
