#!/bin/sh
# extract-skill.sh NAME [ENTRY-ID...] [--dry-run]: make a skill of learnings that were solved and understood.
# --dry-run shows the diff. Without entries it lists which ones qualify, and why.
name="" ids="" write="--yes"
for word in "$@"; do
  case $word in
    --dry-run) write="--dry-run" ;;
    -h | --help) sed -n 's/^# //p' "$0"; exit 0 ;;
    [A-Z]*-[0-9]*-*) ids="$ids $word" ;;
    -*) echo "extract-skill.sh: no option $word; there is --dry-run" >&2; exit 0 ;;
    *) name=$word ;;
  esac
done
if ! command -v opsloop >/dev/null 2>&1; then
  echo "opsloop is not installed. To install it: pipx install 'opsloop[mcp]'; or copy references/skill-template.md by hand."
  exit 0
fi
if [ -z "$name" ] || [ -z "$ids" ]; then
  [ -n "$name" ] && echo "Which entries shall become the skill '$name'? Name their ids: extract-skill.sh $name ID..."
  opsloop promote --candidates
  exit 0
fi
# shellcheck disable=SC2086 - ids hold no blanks, and there may be several
opsloop promote $ids --to skill --name "$name" "$write"
exit 0
