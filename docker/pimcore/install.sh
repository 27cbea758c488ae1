#!/bin/sh
# Installs Pimcore once, and every time what Caravan needs in it, which changes nothing when it is there.
set -eu
cd /var/www/html
mkdir -p var/config/data_hub
if [ ! -e var/config/caravan-installed ]; then
  # Options of images that have their settings already; none by default.
  vendor/bin/pimcore-install --no-interaction ${PIMCORE_INSTALL_OPTIONS:-}
  bin/console pimcore:bundle:install PimcoreDataHubBundle
  touch var/config/caravan-installed
fi

# Collections first: a class names the collections it has.
for file in /caravan/fieldcollections/*.json; do bin/console pimcore:definition:import:fieldcollection "$file" -f; done
for file in /caravan/classes/class_Category_export.json /caravan/classes/class_Product_export.json; do
  bin/console pimcore:definition:import:class "$file" -f
done

sed "s/replace-this-with-a-long-random-key/$PIMCORE_DATA_HUB_KEY/" /caravan/data-hub/products.yaml > var/config/data_hub/products.yaml
bin/console cache:clear
bin/console datahub:configuration:rebuild-workspaces
# Where nothing else may be written, the image has them already.
[ ! -w public ] || bin/console assets:install
echo "Pimcore has what Caravan needs"
