#!/bin/sh
# Installs the Debian packages that tests with real servers need, where that is possible. Never fails:
# a test whose server is missing says so itself, and with CI=true that is a failure.
set -u
missing=""
command -v prometheus >/dev/null || missing="$missing prometheus"
command -v prometheus-alertmanager >/dev/null || command -v alertmanager >/dev/null || missing="$missing prometheus-alertmanager"
command -v chromium >/dev/null || missing="$missing chromium"
command -v java >/dev/null || missing="$missing openjdk-17-jre-headless"
command -v git >/dev/null || missing="$missing git"
[ -n "$missing" ] || exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "not installed, and not installable here:$missing (the tests that need them will be skipped)" >&2
  exit 0
fi
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
# Debian starts a server when it is installed; the tests start their own.
[ -e /usr/sbin/policy-rc.d ] || { printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d && chmod +x /usr/sbin/policy-rc.d && policy=mine; }
# shellcheck disable=SC2086
{ apt-get update -q && apt-get install -y -q --no-install-recommends $missing; } >"$log" 2>&1 || { echo "could not install:$missing" >&2; tail -5 "$log" >&2; }
[ "${policy:-}" = mine ] && rm -f /usr/sbin/policy-rc.d
rm -f "$log"
exit 0
