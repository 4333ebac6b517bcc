import { type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { SETTINGS, type Settings } from '../../../platform/config/settings.js';
import { Connections } from '../server/connections.js';
import { createHttpServer } from '../server/server.js';
import { Metrics } from '../../../platform/telemetry/metrics.js';

/** The Prometheus endpoint, on its own port: scrapers and callers of the API need no access to the other's port. */
@Injectable()
export class MetricsServer implements OnApplicationShutdown {
  private readonly server: Server;

  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    private readonly metrics: Metrics,
  ) {
    this.server = createHttpServer(
      new Connections(),
      { handle: (request, response) => this.handle(request, response) },
      { keepAliveSeconds: settings.KEEP_ALIVE_SECONDS },
    );
  }

  private handle(request: IncomingMessage, response: ServerResponse): void {
    response.setHeader('cache-control', 'no-store');
    if (request.method !== 'GET' || request.url?.split('?')[0] !== '/metrics') {
      response.writeHead(404).end();
      return;
    }
    this.metrics.registry.metrics().then(
      (text) => response.writeHead(200, { 'content-type': this.metrics.registry.contentType }).end(text),
      () => response.writeHead(500).end(),
    );
  }

  /** Resolves to the URL to scrape. */
  listen(): Promise<string> {
    const { METRICS_HOST: host, METRICS_PORT: port } = this.settings;
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen({ host, port }, () => {
        const { port: taken } = this.server.address() as AddressInfo;
        resolve(`http://${host.includes(':') ? `[${host}]` : host}:${taken}/metrics`);
      });
    });
  }

  onApplicationShutdown(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}
