import { Agent as HttpAgent, get as getHttp } from 'node:http';
import { Agent as HttpsAgent, get as getHttps } from 'node:https';
import { proxyTo } from '../../../platform/config/proxy.js';

interface Bounds {
  readonly signal: AbortSignal;
  readonly headers: Headers;
  readonly mostBytes: number;
}

/**
 * Resolves to the answer, with the whole body. It follows no redirect, and goes through the proxy that calls to Cloudflare go
 * through.
 *
 * @throws Error if there is no answer, or it is larger than `mostBytes`
 */
export function fetchWithin(url: URL, { signal, headers, mostBytes }: Bounds): Promise<Response> {
  const proxy = proxyTo(url);
  const proxied = proxy ? { proxyEnv: { HTTPS_PROXY: proxy.href } } : {};
  const isHttps = url.protocol === 'https:';
  const get = isHttps ? getHttps : getHttp;
  const agent = isHttps ? new HttpsAgent(proxied) : new HttpAgent();
  return new Promise((resolve, reject) => {
    const request = get(url, { agent, signal, headers: Object.fromEntries(headers) }, (answer) => {
      const chunks: Buffer[] = [];
      let size = 0;
      answer.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        size += chunk.length;
        if (size > mostBytes) request.destroy(new Error(`The answer is larger than ${mostBytes} bytes.`));
      });
      answer.on('end', () => {
        const { statusCode = 0 } = answer;
        // `Response` takes no other status.
        if (statusCode < 200 || statusCode > 599)
          reject(new Error(`The status of the answer is ${statusCode}.`));
        else
          resolve(
            new Response(statusCode === 200 ? Buffer.concat(chunks, size) : null, { status: statusCode }),
          );
      });
      answer.on('error', reject);
      answer.on('close', () => reject(new Error('The answer ended early.')));
    });
    request.on('error', reject);
  });
}
