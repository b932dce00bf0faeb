#!/usr/bin/env bash
# The policy room is pure: no clock, heap, log or I/O. Asks the linker's symbols of its archive.
#   pure.sh ARCHIVE [CC]
# Foreign symbols allowed: __assert_fail, what compilers write calls of by themselves, and what
# sanitizers and the stack protector add. Before that it proves itself on archives of its own: one
# that must pass, and some that must not.
set -euo pipefail
export LC_ALL=C

ALLOWED='__assert_fail|memcpy|memset|memmove|memcmp|__stack_chk_fail|_GLOBAL_OFFSET_TABLE_'
ALLOWED+='|__(a|ub)san_[A-Za-z0-9_]+'

foreign_symbols() { # ARCHIVE; defined by none of its members and not allowed
    local names
    names=$(nm -P "$1") || return 2
    [[ $(awk '$2 ~ /^[TDRBVW]$/ { n++ } END { print n + 0 }' <<< "$names") -gt 0 ]] ||
        { printf '%s defines nothing\n' "$1" && return 2; }
    awk '$2 == "U" || $2 == "w" || $2 == "v" { used[$1] }
         $2 ~ /^[TDRBCVWi]$/ { defined[$1] }
         END { for (name in used) if (!(name in defined)) print name }' <<< "$names" |
        sort | grep -Evx "$ALLOWED" || true
}

self_check() { # CC
    local room status=0 row code wanted found
    room=$(mktemp -d)
    for row in \
        'ok|#include <assert.h>|int f(int x) { assert(x); return x; }' \
        'ok|int g(int x);|int g(int x) { return x; } int f(int x) { return g(x); }' \
        'malloc|#include <stdlib.h>|void *f(void); void *f(void) { return malloc(7); }' \
        'time|#include <time.h>|long f(void); long f(void) { return (long)time(0); }' \
        'puts|#include <stdio.h>|int f(void); int f(void) { return puts("x"); }'; do
        wanted=${row%%|*}
        code=${row#*|}
        printf '%s\n' "${code/|/$'\n'}" > "$room/a.c"
        "$1" -std=c11 -O1 -c "$room/a.c" -o "$room/a.o"
        rm -f "$room/a.a"
        ar rc "$room/a.a" "$room/a.o"
        found=$(foreign_symbols "$room/a.a")
        if [[ ${found:-ok} != "$wanted" ]]; then
            printf 'self-check: expected %s, found %s in: %s\n' "$wanted" "${found:-ok}" "$code"
            status=1
        fi
    done
    ar rc "$room/empty.a"
    if foreign_symbols "$room/empty.a" > /dev/null; then
        printf 'self-check: an empty archive passed\n'
        status=1
    fi
    rm -rf "$room"
    return $status
}

main() {
    local found
    [[ $# -ge 1 ]] || { printf 'usage: pure.sh ARCHIVE [CC]\n' >&2 && exit 2; }
    self_check "${2:-cc}"
    found=$(foreign_symbols "$1") || { printf '%s\n' "$found" && exit 1; }
    if [[ -n $found ]]; then
        printf 'the policy room is not pure; foreign symbols, and who uses them:\n'
        while read -r name; do
            printf '  %-24s' "$name"
            nm -A -P "$1" | awk -v n="$name" '$2 == n && $3 == "U" { print $1 }' |
                sed -E 's/^.*\[(.*)\]:?$/\1/' | sort -u | tr '\n' ' '
            printf '\n'
        done <<< "$found"
        exit 1
    fi
    printf 'pure: %s\n' "$1"
}

main "$@"
