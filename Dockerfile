# The operator's image: Node, the bundle, and nothing else (docs/adr/0002).
FROM node:24-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY bin bin
COPY src src
COPY tools/build tools/build
RUN npm run build

FROM gcr.io/distroless/nodejs24-debian12:nonroot
WORKDIR /slacktide
COPY --from=build /build/package.json package.json
COPY --from=build /build/bin bin
COPY --from=build /build/dist dist
# Left alone, V8 lets the space for young objects grow to 128 MB on a machine with much memory (docs/performance.md).
ENTRYPOINT ["/nodejs/bin/node", "--max-semi-space-size=8", "/slacktide/bin/slacktide.js"]
