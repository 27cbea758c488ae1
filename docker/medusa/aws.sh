#!/bin/sh
# Migrates, makes the first administrator once, and serves; told everything by its environment.
set -eu
npx medusa db:migrate
# Fails when the administrator is there already, which is as good.
npx medusa user -e admin@example.com -p "$MEDUSA_ADMIN_PASSWORD" || true
exec npx medusa start
