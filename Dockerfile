# Caravan's image: docker build -t caravan .
# For a release, pin the bases by digest as well: --build-arg JRE=eclipse-temurin:21.0.8_9-jre-noble@sha256:…, and JDK alike.
ARG JDK=eclipse-temurin:21.0.8_9-jdk-noble
ARG JRE=eclipse-temurin:21.0.8_9-jre-noble

FROM ${JDK} AS build
WORKDIR /build
COPY .mvn .mvn
COPY mvnw pom.xml ./
COPY kamelets kamelets
COPY routes routes
COPY src src
RUN ./mvnw -q -B -DskipTests -Dspotless.apply.skip=true package

FROM ${JRE}
RUN useradd --system --uid 10001 --no-create-home caravan
WORKDIR /app
COPY --from=build /build/target/caravan.jar ./
# Classes as the JVM has them in memory, made by the JVM that uses them: half the time of a start. A JVM to which it does not fit goes without.
RUN java -XX:ArchiveClassesAtExit=caravan.jsa -jar caravan.jar check
USER 10001
# All that is written to: the root file system may be read-only. A volume keeps the rights the folder has here.
VOLUME ["/tmp"]
ENV JAVA_TOOL_OPTIONS="-XX:SharedArchiveFile=/app/caravan.jsa -Xlog:cds=off -XX:MaxRAMPercentage=75 -XX:+UseTransparentHugePages -XX:+ExitOnOutOfMemoryError"
# Public, and management.
EXPOSE 8080 9876
HEALTHCHECK --interval=30s --timeout=10s --start-period=90s --retries=3 CMD ["java", "-jar", "caravan.jar", "health"]
ENTRYPOINT ["java", "-jar", "caravan.jar"]
CMD ["run"]
