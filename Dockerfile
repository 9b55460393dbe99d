# The sidecar: docker build -t dingtalk-webhook .
# The sandbox: docker build --target sandbox -t dingtalk-sandbox .
#
# What changes seldom comes first, so that a release sends little: the packages change with the
# lockfile alone, the contract hardly ever, then come the version and our code.

FROM node:26-alpine AS packages
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund
# Code, what it reads and licences stay. Types, maps, texts, tests, builds for browsers and second
# copies for bundlers go, and so do npm's own lists, which carry our version.
RUN find node_modules -type f ! -name '*.js' ! -name '*.cjs' ! -name '*.mjs' ! -name '*.json' \
      ! -name '*.node' ! -name '*.wasm' ! -name '*.proto' ! -iname 'licen[cs]e*' ! -iname 'notice*' -delete \
 && find node_modules -type d \( -name test -o -name tests -o -name docs -o -name 'example*' -o -name 'bench*' \
      -o -name '.*' -o -path '*/build/esm' -o -path '*/build/esnext' \) -prune -exec rm -rf {} + \
 && rm -rf node_modules/.package-lock.json node_modules/@types node_modules/undici-types \
      node_modules/bintrees/dist node_modules/yaml/browser node_modules/protobufjs/dist \
      node_modules/@opentelemetry/semantic-conventions/dist/*.mjs

FROM node:26-alpine AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json ./
COPY scripts/bundle.mjs ./scripts/
COPY src ./src
COPY sandbox ./sandbox
# The sidecar's image does not hold the sandbox.
RUN node scripts/bundle.mjs && mv dist/sandbox /sandbox

# The sandbox's bundle holds all packages that it needs.
FROM node:26-alpine AS sandbox
WORKDIR /app
ENV NODE_ENV=production
COPY proto ./proto
COPY package.json LICENSE ./
COPY --from=build /app/dist ./dist
COPY --from=build /sandbox ./dist/sandbox
LABEL org.opencontainers.image.title="dingtalk-sandbox" \
      org.opencontainers.image.description="A stand-in for DingTalk (钉钉) group robots, for tests" \
      org.opencontainers.image.version="0.1.0"
USER 65532:65532
ENTRYPOINT ["node", "/app/dist/main.js", "sandbox"]
# Senders are outside of the container.
CMD ["--host", "0.0.0.0"]

FROM node:26-alpine AS sidecar
WORKDIR /app
ENV NODE_ENV=production NODE_COMPILE_CACHE=/var/cache/node
# An empty volume that is mounted here takes this mode over, so that daprd and this user share it.
RUN mkdir -m 0777 /tmp/dapr-components-sockets && mkdir -p -m 0777 /var/cache/node
COPY --from=packages /app/node_modules ./node_modules
COPY proto ./proto
COPY package.json LICENSE ./
COPY --from=build /app/dist ./dist
LABEL org.opencontainers.image.title="dingtalk-webhook" \
      org.opencontainers.image.description="A Dapr pluggable component: output and input binding for DingTalk (钉钉) group robots" \
      org.opencontainers.image.version="0.1.0"
# The user that daprd runs as. Nothing below /app is written, so a read-only root works; the
# sockets go into a volume that daprd sees too.
USER 65532:65532
# Compiled code for this user, or Node would compile anew for every probe. Another user goes without.
RUN node dist/main.js serve --help
# Without a shell, like the rest of what runs.
HEALTHCHECK --interval=10s --timeout=2s --start-period=5s \
  CMD ["node", "/app/dist/main.js", "healthcheck"]
# V8 of Node 26 would let the young generation grow twice as large, which is no faster here.
ENTRYPOINT ["node", "--max-semi-space-size=16", "/app/dist/main.js"]
CMD ["serve"]
