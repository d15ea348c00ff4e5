#!/usr/bin/env bash
# Asks the container host to run a version of the back end: deploy/backend.sh ENVIRONMENT VERSION
# DEPLOY_HOOK_URL is the host's deploy hook and a secret: whoever has it can deploy. It therefore stands on no command line.
# The host is told the commit, as Render's hooks take it: without one it would take the newest, which may be another by now.
# That it has taken the order proves nothing; a check of /healthz has to follow.
set -euo pipefail
environment="${1:?Say which environment: deploy/backend.sh staging VERSION}"
version="${2:?Say which version: deploy/backend.sh $environment VERSION}"
: "${DEPLOY_HOOK_URL:?is not set: it is the deploy hook of the back end of $environment}"
commit="${GITHUB_SHA:-$(git rev-parse HEAD)}"

case "$DEPLOY_HOOK_URL" in
  *\?*) separator='&' ;;
  *) separator='?' ;;
esac
status="$(
  printf 'url = "%s%sref=%s"\n' "$DEPLOY_HOOK_URL" "$separator" "$commit" |
    curl --config - --request POST --silent --show-error --max-time 60 --output /dev/null --write-out '%{http_code}'
)" || {
  echo "The deploy hook of $environment cannot be reached. Is DEPLOY_HOOK_URL the host's?" >&2
  exit 1
}
case "$status" in
  2??) echo "The host has taken the order to run $version, commit $commit, in $environment (HTTP $status)." ;;
  *)
    echo "The deploy hook of $environment answered HTTP $status, so nothing was deployed. Is DEPLOY_HOOK_URL still valid?" >&2
    exit 1
    ;;
esac
