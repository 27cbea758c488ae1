#!/bin/sh
# Runs a command with this machine's secrets; PHP-FPM hands them on to Pimcore.
set -eu
. /secrets/pimcore.env
exec "$@"
