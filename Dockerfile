# syntax=docker/dockerfile:1
# The image of the server (docs/deploy.md). test/deploy/image.test.ts follows these steps without an engine.
ARG NODE_IMAGE=node:24-bookworm-slim

# The result is JavaScript, the same for every platform: the build runs on that of the builder.
FROM --platform=$BUILDPLATFORM ${NODE_IMAGE} AS build
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json ./
COPY scripts/ scripts/
COPY playground/ playground/
COPY schema/ schema/
COPY sandbox/ sandbox/
COPY src/ src/
RUN npm run build && node scripts/write-runtime.mjs
WORKDIR /build/runtime
# The packages that the bundle does not contain. The page of the playground needs none of the server that it comes from.
RUN npm ci --omit=dev --omit=peer --ignore-scripts --no-audit --no-fund && rm package-lock.json

FROM ${NODE_IMAGE}
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="pai-model-graph" \
  org.opencontainers.image.description="A GraphQL subgraph over the model registry of Alibaba Cloud PAI" \
  org.opencontainers.image.licenses="Apache-2.0" \
  org.opencontainers.image.version="${VERSION}" \
  org.opencontainers.image.revision="${REVISION}"
WORKDIR /app
COPY --from=build /build/runtime ./
ENV NODE_ENV=production HOST=0.0.0.0 PORT=4000 SHUTDOWN_DELAY_MS=5000
# A number, so that Kubernetes can check runAsNonRoot.
USER 1000:1000
EXPOSE 4000
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/healthz').then(({ ok }) => process.exit(ok ? 0 : 1))"]
# The base image starts a shell script here, which would be process 1 for a while.
ENTRYPOINT []
CMD ["node", "dist/main.js"]
