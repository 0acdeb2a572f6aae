#!/bin/sh
# error-detector.sh: run after every command. The client's JSON comes on stdin; a detection goes to stdout.
# Without opsloop it says how to get it, where a person sees it and a model does not, and lets the agent go on.
if command -v opsloop-hook >/dev/null 2>&1; then
  opsloop-hook --client "${1:-claude-code}"
else
  cat >/dev/null
  echo "opsloop is not installed, so command output is not judged. To install it: pipx install 'opsloop[mcp]'" >&2
fi
exit 0
