#!/bin/sh
# The accessibility checker that the browser tests run inside the pages, from the npm registry, beside the agent clients.
set -eu
dir="${OPSLOOP_CLIENTS:-$HOME/.cache/opsloop-clients}/axe"
package=axe-core@4.14.1
[ "$(cat "$dir/installed" 2>/dev/null)" = "$package" ] && exit 0
command -v npm >/dev/null || { echo "no npm: the pages are not checked for accessibility" >&2; exit 0; }
mkdir -p "$dir" && cd "$dir" && echo '{"private": true}' >package.json &&
  npm install --silent --no-audit --no-fund --ignore-scripts --save-exact "$package" && echo "$package" >installed ||
  echo "could not install $package: the pages are not checked for accessibility" >&2
