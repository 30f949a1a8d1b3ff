#!/bin/sh
# Let each file of a folder like this one be judged by its own linter: check.sh [FOLDER]
#
# Says which linter is missing; with CI=true that is an error. Ends with 1 where anything is wrong.
set -u

here=$(cd "$(dirname "$0")" && pwd)
folder=${1:-$here}
PATH=$here/../.venv/bin:$PATH
wrong=0

# Whether a program is there; what it would have judged is named where it is not.
has() {
    command -v "$1" >/dev/null && return
    echo "check.sh: $1 is missing, not looked at: $2" >&2
    [ "${CI:-}" != true ] || wrong=1
    return 1
}

# A linter has its say only where it finds something.
judge() {
    said=$("$@" 2>&1) && return
    echo "$said"
    wrong=1
}

# systemd wants the programs to be there: what runs here is another one, all else is judged as it stands.
units() {
    copies=$(mktemp -d)
    trap 'rm -rf "$copies"' EXIT
    for unit in "$folder"/systemd/*; do
        name=$(basename "$unit" | sed 's/@/@2/')
        sed 's|^\(Exec[A-Za-z]*=\)/opt/duban/bin/[a-z-]*|\1/bin/true|' "$unit" >"$copies/$name"
    done
    judge systemd-analyze verify --man=no --recursive-errors=no "$copies"/*
    for unit in "$copies"/*.service; do
        judge systemd-analyze security --offline=yes --threshold=20 --no-pager "$unit"
    done
}

if has shellcheck "$folder/*.sh"; then judge shellcheck "$folder"/*.sh; fi
if has systemd-analyze "$folder/systemd"; then units; fi
if has check-jsonschema "$folder/compose.yaml"; then
    judge check-jsonschema --builtin-schema vendor.compose-spec "$folder/compose.yaml"
fi
if has hadolint "$folder/Dockerfile"; then judge hadolint "$folder/Dockerfile"; fi
exit "$wrong"
