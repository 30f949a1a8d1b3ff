#!/bin/sh
# Back up a bureau, and bring a backup back.
#
#   duban-backup save DIR [KEEP]   a new folder in DIR, which keeps its newest KEEP backups (default 14)
#   duban-backup restore BACKUP    into an empty DUBAN_HOME and, on PostgreSQL, an empty database
#
# Everything may go on while a backup is made. The database is taken first and the files after it: files
# are only ever added, so whatever the database names is among them. Copy the folder to another machine,
# and what is in its file `head` to a third place: `duban audit verify --head` tells by it whether the end
# of the record was cut off. A restore ends with that question.
set -eu

# The program that lies beside this one: whoever starts it by a timer has no PATH to it.
beside=$(dirname "$0")/duban
[ -x "$beside" ] || beside=duban
duban=${DUBAN:-$beside}
export DUBAN_HOME="${DUBAN_HOME:-$HOME/.duban}"
umask 077

fail() {
    echo "duban-backup: $1" >&2
    exit 1
}

# Where the database is, as duban finds it: the environment, duban.toml, the file in the home.
database() {
    set -- "${DUBAN_DATABASE_URL:-}"
    if [ -z "$1" ] && [ -f "$DUBAN_HOME/duban.toml" ]; then
        set -- "$(sed -n 's/^database_url *= *["'\'']\([^"'\'']*\)["'\''].*/\1/p' "$DUBAN_HOME/duban.toml")"
    fi
    echo "${1:-sqlite:///$DUBAN_HOME/duban.db}"
}

# The URL as PostgreSQL's own programs read it: without the name of a driver.
plain() {
    echo "postgresql${1#"${1%%:*}"}"
}

save() {
    url=$(database)
    mkdir -p "$1"
    made=$1/duban-$(date -u +%Y%m%dT%H%M%SZ)
    part=$made.part
    mkdir "$part"
    trap 'rm -rf "$part"' EXIT
    trap 'exit 1' HUP INT TERM

    sound=yes
    "$duban" --json audit verify >"$part/verdict" || sound=no
    sed -n 's/.*"head": *"\([0-9a-f]*\)".*/\1/p' "$part/verdict" >"$part/head"
    rm "$part/verdict"
    case $url in
    # One reading transaction, however long it takes: writers neither wait for it nor set it back.
    sqlite:///*) sqlite3 "${url#sqlite:///}" "VACUUM INTO '$part/database.db'" ;;
    postgresql*) pg_dump --format=custom --no-owner --file="$part/database.dump" "$(plain "$url")" ;;
    *) fail "只支持 SQLite 和 PostgreSQL。 Neither SQLite nor PostgreSQL: ${url%%:*}" ;;
    esac
    # Left out are the database itself and what `duban up` makes anew. tar ends with 1 where a file
    # changed under it: logs of mails and the like, never what the database names.
    tar -C "$DUBAN_HOME" --exclude='./duban.db*' --exclude=./logs --exclude=./prefect --exclude=./up \
        --exclude=./shelf.url --exclude='*.part' -czf "$part/home.tar.gz" . || [ $? -eq 1 ]
    (cd "$part" && sha256sum -- * >SHA256SUMS)
    sync "$part"/*
    mv "$part" "$made"
    trap - EXIT
    echo "$made"
    # A record that does not verify is a reason to keep all that is older.
    [ "$sound" = yes ] ||
        fail "备份已完成，但台账核对不符（见 duban audit verify），旧备份一份未删。 The record does not verify; older ones stay"

    # The names sort by time.
    find "$1" -maxdepth 1 -type d -name 'duban-*Z' | sort -r | tail -n "+$(($2 + 1))" |
        while read -r old; do rm -rf "$old"; done
}

restore() {
    [ ! -d "$DUBAN_HOME" ] || [ -z "$(ls -A "$DUBAN_HOME")" ] ||
        fail "$DUBAN_HOME 不是空目录，请先移走。 Not empty: move it away"
    (cd "$1" && sha256sum --quiet --check SHA256SUMS)
    mkdir -p "$DUBAN_HOME"
    tar -C "$DUBAN_HOME" -xpzf "$1/home.tar.gz"
    url=$(database)
    case $url in
    sqlite:///*)
        [ -f "$1/database.db" ] ||
            fail "这是 PostgreSQL 的备份，请设置 DUBAN_DATABASE_URL 指向一个空库。 Needs an empty PostgreSQL database"
        [ ! -e "${url#sqlite:///}" ] ||
            fail "已有数据库，请先移走。 There is one already, move it away: ${url#sqlite:///}"
        cp "$1/database.db" "${url#sqlite:///}"
        ;;
    *)
        [ -f "$1/database.dump" ] ||
            fail "这是 SQLite 的备份，不能设置 DUBAN_DATABASE_URL。 A backup of SQLite: unset DUBAN_DATABASE_URL"
        pg_restore --no-owner --exit-on-error --single-transaction --dbname="$(plain "$url")" "$1/database.dump"
        ;;
    esac
    head=$(cat "$1/head")
    case $head in
    *[!0]*) "$duban" audit verify --head "$head" ;;
    *) "$duban" audit verify ;; # nothing had happened yet
    esac
}

case ${1:-}.$# in
save.2 | save.3) save "$2" "${3:-14}" ;;
restore.2) restore "$2" ;;
*)
    echo "用法 usage: duban-backup save DIR [KEEP] | duban-backup restore BACKUP" >&2
    exit 2
    ;;
esac
