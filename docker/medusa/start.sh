#!/bin/sh
# Migrates, makes the first administrator once, and serves.
set -eu
. /secrets/medusa.env
npx medusa db:migrate
# Fails when the administrator is there already, which is as good.
npx medusa user -e admin@example.com -p "$(cat /secrets/medusa-admin-password)" || true
exec npx medusa start
