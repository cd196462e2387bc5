#!/bin/sh
# Compiles requirements/runtime.txt and dev.txt: one set for Python 3.10 to 3.12, pinned and hashed, no index addresses.
# Needs uv (`pip install uv`) and the network. Existing pins stay; `scripts/lock.sh --upgrade` moves them.
set -eu
cd "$(dirname "$0")/../requirements"
uv=../.venv/bin/uv
[ -x $uv ] || uv=uv
command -v $uv >/dev/null || { echo "lock: needs uv; .venv/bin/pip install uv" >&2; exit 2; }
export UV_NO_CONFIG=1 UV_PYTHON_DOWNLOADS=never

compile() { # compile OUTPUT INPUT...
    out=$1
    shift
    $uv pip compile --quiet --universal --python-version 3.10 --generate-hashes --no-header --no-annotate \
        --excludes left-out.txt --output-file "$out.new" "$@"
    { echo "# Made by scripts/lock.sh; do not edit. Install with: pip install --no-deps --require-hashes -r requirements/$out"
        cat "$out.new"; } >"$out"
    rm "$out.new"
}

for set in runtime dev; do
    rm -f $set.txt.new
    if [ "${1:-}" != --upgrade ] && [ -e $set.txt ]; then cp $set.txt $set.txt.new; fi
done
compile runtime.txt ../pyproject.toml runtime.in
compile dev.txt ../pyproject.toml runtime.in dev.in --constraint runtime.txt
