# The sidecar, and nothing else: docker build -t dingtalk-webhook .

FROM node:26-alpine AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY proto ./proto
COPY src ./src
COPY scripts/build-page.mjs ./scripts/
RUN npm run build
RUN npm prune --omit=dev

FROM node:26-alpine
WORKDIR /app
ENV NODE_ENV=production
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/proto ./proto
COPY --from=build /app/dist ./dist
# The user that daprd runs as. Nothing below /app is written, so a read-only root works; the
# sockets go into a volume that daprd sees too.
USER 65532:65532
HEALTHCHECK --interval=10s --timeout=2s --start-period=5s \
  CMD ["node", "/app/dist/main.js", "healthcheck"]
ENTRYPOINT ["node", "/app/dist/main.js"]
CMD ["serve"]
