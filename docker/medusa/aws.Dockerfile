# The same Medusa for a trial on AWS (docs/operations/platforms.md): it writes to volumes alone, and knows who signs for RDS.
# Built from the root of the repository, when caravan-medusa is there: docker build -f docker/medusa/aws.Dockerfile .
FROM caravan-medusa:2.21

USER root
ADD --chmod=0644 https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem /rds.pem
RUN mv medusa-config.js medusa-config.compose.js && mkdir -p .medusa static && chown node:node .medusa static
COPY docker/medusa/aws-config.js medusa-config.js
USER 1000
VOLUME ["/tmp", "/app/.medusa", "/app/static"]
CMD ["sh", "/docker/aws.sh"]
