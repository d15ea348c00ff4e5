#!/usr/bin/env bash
# Brings the database of an environment up to date: deploy/migrate.sh ENVIRONMENT
# PGHOST, PGPORT, PGUSER, PGPASSWORD and PGDATABASE say where it is. Django applies each migration in a transaction of its own
# and remembers it, so that running this again is harmless. MIGRATED_BY_HOST=true is for a host that migrates by itself before
# it starts a new version.
set -euo pipefail
environment="${1:?Say which environment: deploy/migrate.sh staging}"
if [ "${MIGRATED_BY_HOST:-}" = true ]; then
  echo "::notice title=Migrated by the host::MIGRATED_BY_HOST is true: the host of $environment migrates its database before it starts the new version."
  exit 0
fi
if [ -z "${PGHOST:-}" ]; then
  echo "::error title=No database was migrated::PGHOST is not set for $environment, and the new version would meet the old tables. Give this step PGHOST, PGUSER, PGPASSWORD and PGDATABASE, or MIGRATED_BY_HOST=true where the host migrates before it starts the new version."
  exit 1
fi

cd "$(dirname "$0")/../backend"
venv="$(mktemp -d)"
trap 'rm -rf "$venv"' EXIT
python3 -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check --require-hashes --requirement requirements.txt
DJANGO_SECRET_KEY="${DJANGO_SECRET_KEY:-only to migrate}" "$venv/bin/python" manage.py migrate --no-input
