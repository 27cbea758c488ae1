#!/bin/sh
# Makes the secrets of this machine's stack once, into the volume that its services share. Nothing of them is in the repository.
set -eu
cd /secrets
[ -e complete ] && exit 0
umask 022

random() { head -c "$1" /dev/urandom | od -An -v -tx1 | tr -d ' \n'; }

printf %s "$(random 24)" > postgres-password
printf %s "$(random 24)" > mariadb-password
printf %s "$(random 24)" > mariadb-root-password
printf %s "$(random 16)" > grafana-password
printf %s "$(random 16)" > pimcore-admin-password
printf %s "$(random 16)" > medusa-admin-password
printf %s "ck_$(random 24)" > operator-key

webhook_secret="whsec_$(head -c 32 /dev/urandom | base64 | tr -d '\n')"
pimcore_key=$(random 32)

cat > pimcore.env <<END
export PIMCORE_DATA_HUB_KEY='$pimcore_key'
export PIMCORE_INSTALL_ADMIN_USERNAME=admin
export PIMCORE_INSTALL_ADMIN_PASSWORD='$(cat pimcore-admin-password)'
export PIMCORE_INSTALL_MYSQL_PASSWORD='$(cat mariadb-password)'
export CARAVAN_WEBHOOK_SECRET='$webhook_secret'
END
cat > medusa.env <<END
export DATABASE_URL='postgres://caravan:$(cat postgres-password)@postgres:5432/medusa'
export JWT_SECRET='$(random 32)'
export COOKIE_SECRET='$(random 32)'
END
cat > caravan.env <<END
export DATABASE_URL='jdbc:postgresql://postgres:5432/caravan?user=caravan&password=$(cat postgres-password)'
export PIMCORE_API_KEY='$pimcore_key'
export PIMCORE_WEBHOOK_SECRET='$webhook_secret'
export CARAVAN_API_KEYS='operator:operator:$(printf %s "$(cat operator-key)" | sha256sum | cut -d ' ' -f 1)'
END
touch complete
echo "secrets are made"
