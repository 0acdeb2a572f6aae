#!/bin/sh
# install.sh [NAME...]: puts the pinned agent clients, and the Node they run on, under $OPSLOOP_CLIENTS, each in a folder of its own.
# NAMEs: claude codex copilot openclaw gemini; none means all. What is there already is left alone. Nothing global is written
# and no client that this machine has is touched. Without npm it says so and ends well: the tests are then skipped.
set -eu
dir="${OPSLOOP_CLIENTS:-$HOME/.cache/opsloop-clients}"

pinned() {
  case $1 in
    node) echo node@24.21.0 ;;
    claude) echo @anthropic-ai/claude-code@2.1.197 ;;
    codex) echo @openai/codex@0.169.0 ;;
    copilot) echo @github/copilot@1.0.102 ;;
    openclaw) echo openclaw@2026.9.6 ;;
    gemini) echo @google/gemini-cli@0.61.0 ;;
    *) echo "no client $1; there are claude codex copilot openclaw gemini" >&2; return 2 ;;
  esac
}

# npm runs no install scripts here; the two packages that cannot do without theirs get it by hand.
finish() {
  case $1 in
    node) [ -x node_modules/node/bin/node ] || (cd node_modules/node && node installArchSpecificPackage.js) ;;
    claude) (cd node_modules/@anthropic-ai/claude-code && node install.cjs) ;;
    *) ;;
  esac
}

put() {
  package=$(pinned "$1")
  [ "$(cat "$dir/$1/installed" 2>/dev/null)" = "$package" ] && return 0
  mkdir -p "$dir/$1" && cd "$dir/$1" && echo '{"private": true}' >package.json &&
    npm install --silent --no-audit --no-fund --ignore-scripts --save-exact "$package" &&
    finish "$1" >/dev/null &&
    echo "$package" >installed &&
    echo "installed $package"
}

command -v npm >/dev/null || { echo "no npm: the tests with real agent clients will be skipped" >&2; exit 0; }
[ $# -gt 0 ] || set -- claude codex copilot openclaw gemini
for name in node "$@"; do
  (put "$name") || echo "could not install $name: its tests will be skipped, or fail where they are required" >&2
done
