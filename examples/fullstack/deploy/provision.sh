#!/usr/bin/env bash
# Provisions what an environment needs: deploy/provision.sh ENVIRONMENT
set -euo pipefail
environment="${1:?Say which environment: deploy/provision.sh staging}"

cd "$(dirname "$0")/../infra"
terraform init -input=false
terraform apply -input=false -auto-approve -var "environment=$environment"
