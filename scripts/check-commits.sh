#!/usr/bin/env bash
# Checks commit subjects: at most 72 characters, no full stop at the end, not beginning with what, who, that or whoever.
#
#   scripts/check-commits.sh                   the commits since origin/main; on main itself, those since the last tag,
#                                              or without a tag all of them
#   scripts/check-commits.sh RANGE             the commits of a Git range
#   scripts/check-commits.sh --message FILE    the message in a file, as Git's commit-msg hook passes it
#
# Without --message, commits from before 2026-12-01 are skipped: they are older than these rules.
# Ends with 0 if every subject passes, with 1 if one does not, with 2 on wrong usage.
set -euo pipefail

LONGEST=72
FIRST_DAY=2026-12-01

# Prints each fault of the subject in $1, which belongs to the commit or file named in $2.
check_subject() {
  local subject=$1 source=$2 status=0
  if ((${#subject} > LONGEST)); then
    printf '%s: %d characters, at most %d are allowed: %s\n' "$source" "${#subject}" "$LONGEST" "$subject" >&2
    status=1
  fi
  if [[ $subject == *. ]]; then
    printf '%s: ends with a full stop: %s\n' "$source" "$subject" >&2
    status=1
  fi
  if [[ ${subject,,} =~ ^(what|who|that|whoever)([^a-z]|$) ]]; then
    printf '%s: begins with "%s"; begin with an imperative: %s\n' "$source" "${BASH_REMATCH[1]}" "$subject" >&2
    status=1
  fi
  return "$status"
}

# The range to check when none is given.
default_range() {
  local head base=''
  head=$(git rev-parse HEAD)
  if git rev-parse --verify --quiet origin/main >/dev/null; then base=$(git merge-base origin/main HEAD || true); fi
  if [[ -z $base || $base == "$head" ]]; then base=$(git describe --tags --abbrev=0 HEAD^ 2>/dev/null || true); fi
  printf '%s' "${base:+$base..}HEAD"
}

# Git's editor leaves comments in the message; its subject is the first other line that is not empty.
subject_of() {
  grep -v '^#' "$1" | grep -m 1 '[^[:space:]]' || true
}

export LC_ALL=C.UTF-8
if [[ ${1:-} == --message ]]; then
  if (($# != 2)); then
    echo 'Usage: scripts/check-commits.sh --message FILE' >&2
    exit 2
  fi
  check_subject "$(subject_of "$2")" 'commit message'
  exit
fi

range=${1:-$(default_range)}
failed=0
count=0
while IFS=$'\t' read -r hash subject; do
  count=$((count + 1))
  check_subject "$subject" "$hash" || failed=$((failed + 1))
done < <(git log --no-merges --since="$FIRST_DAY"T00:00:00Z --format='%h%x09%s' "$range")
echo "$count commit subjects checked ($range), $failed rejected"
((failed == 0))
