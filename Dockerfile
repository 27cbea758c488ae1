# Caravan's image: docker build -t caravan .
FROM eclipse-temurin:21.0.8_9-jdk-noble AS build
WORKDIR /build
COPY .mvn .mvn
COPY mvnw pom.xml ./
COPY kamelets kamelets
COPY routes routes
COPY src src
RUN ./mvnw -q -B -DskipTests -Dspotless.apply.skip=true package

FROM eclipse-temurin:21.0.8_9-jre-noble
RUN useradd --system --uid 10001 --no-create-home caravan
WORKDIR /app
COPY --from=build /build/target/caravan.jar ./
USER 10001
ENV JAVA_TOOL_OPTIONS="-XX:MaxRAMPercentage=75 -XX:+ExitOnOutOfMemoryError"
# Public, and management.
EXPOSE 8080 9876
HEALTHCHECK --interval=10s --timeout=5s --start-period=90s --retries=6 \
  CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8080 && printf 'GET /health HTTP/1.0\\r\\n\\r\\n' >&3 && grep -q ' 200 ' <&3"]
ENTRYPOINT ["java", "-jar", "caravan.jar"]
CMD ["run"]
