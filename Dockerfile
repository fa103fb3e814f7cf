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
# Left alone, V8 lets young objects grow to 128 MB on a machine with much memory and collects old ones late, and every thread
# has its own part of the heap: docs/performance.md has what that costs and saves.
ENV MALLOC_ARENA_MAX=1
ENTRYPOINT ["/nodejs/bin/node", "--max-semi-space-size=8", "--initial-old-space-size=40", "--heap-growing-percent=30", "/slacktide/bin/slacktide.js"]
