#!/usr/bin/env bash
# Brings the database of an environment up to date: deploy/migrate.sh ENVIRONMENT
# PGHOST, PGPORT, PGUSER, PGPASSWORD and PGDATABASE say where it is. Django applies each migration in a transaction of its own
# and remembers it, so that running this again is harmless.
set -euo pipefail
environment="${1:?Say which environment: deploy/migrate.sh staging}"
if [ -z "${PGHOST:-}" ]; then
  echo "::notice title=No database was migrated::PGHOST is not set for $environment. Give this step PGHOST, PGUSER, PGPASSWORD and PGDATABASE, or let the host migrate when it starts the new version."
  exit 0
fi

cd "$(dirname "$0")/../backend"
venv="$(mktemp -d)"
trap 'rm -rf "$venv"' EXIT
python3 -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check --require-hashes --requirement requirements.txt
DJANGO_SECRET_KEY="${DJANGO_SECRET_KEY:-only to migrate}" "$venv/bin/python" manage.py migrate --no-input
