# The same Pimcore for a trial on AWS (docs/operations/platforms.md): without Redis, told everything by its environment, writing to volumes
# alone. Built from the root of the repository, when caravan-pimcore is there, once for each target:
#   docker build -f docker/pimcore/aws.Dockerfile --target pimcore .
#   docker build -f docker/pimcore/aws.Dockerfile --target web .
FROM caravan-pimcore:11.5 AS pimcore

USER root
ADD --chmod=0644 https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem /rds.pem
COPY docker/pimcore/aws-database.yaml config/packages/database.yaml
COPY docker/pimcore/nginx.conf /nginx.conf
# The web server is in the same task, and may not have a port below 1024.
RUN rm config/packages/cache.yaml \
    && bin/console assets:install \
    && chown -R www-data:www-data public var \
    && sed -i -e 's/listen 80;/listen 8080;/' -e '/resolver/d' -e 's/pimcore:9000/127.0.0.1:9000/' /nginx.conf
ENV PIMCORE_INSTALL_OPTIONS=--skip-database-config \
    PIMCORE_INSTALL_MYSQL_SSL_CERT_PATH=/rds.pem \
    PIMCORE_SYMFONY_CACHE_DIRECTORY=/tmp/cache \
    PIMCORE_CACHE_DIRECTORY=/tmp/cache/pimcore
USER 33
VOLUME ["/tmp"]
# No start.sh: there is no file of secrets.
ENTRYPOINT ["sh", "-c", "install.sh && exec php-fpm"]
CMD []

FROM nginxinc/nginx-unprivileged:1.28.0-alpine AS web
COPY --from=pimcore /nginx.conf /etc/nginx/conf.d/default.conf
COPY --from=pimcore /var/www/html/public /var/www/html/public
USER 101
VOLUME ["/tmp"]
