FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
# --include=dev, because NODE_ENV=production may come with the base image or a build argument.
RUN npm ci --include=dev --no-audit --no-fund
COPY . .
RUN npm run build

FROM node:24-bookworm-slim AS runtime
WORKDIR /app
ENV NODE_ENV=production HOST=0.0.0.0 METRICS_HOST=0.0.0.0
COPY package.json package-lock.json ./
# The optional dependencies are Node.js itself, for machines that have an older one.
RUN npm ci --omit=dev --omit=optional --no-audit --no-fund && npm cache clean --force \
 && mkdir data && chown node:node data
COPY --from=build /app/dist/src dist/src
COPY --from=build /app/dist/playground dist/playground
# A number, because Kubernetes' runAsNonRoot cannot look up a name.
USER 1000
STOPSIGNAL SIGTERM

# The stand-in for Cloudflare, only for the demo profile of docker-compose.yml.
FROM runtime AS sandbox
COPY --from=build /app/dist/sandbox dist/sandbox
CMD ["node", "dist/sandbox/main.js"]

FROM runtime AS production
EXPOSE 3000 9464
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 3000}/health/ready`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# The command of npm start. docs/deploy.md says what its options are for.
CMD ["node", "--disable-sigusr1", "--max-semi-space-size=16", "dist/src/main.js"]
