import { type LookupAddress, lookup as resolveName } from 'node:dns';
import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import type { WebhookSender } from '../../dependencies.ts';
import { checkAddresses, faultOfTarget, TargetRefused } from './target-address.ts';

/** Seconds from the start of a delivery until its response has arrived. */
export const DELIVERY_TIMEOUT_SECONDS = 15;

export interface WebhookSenderOptions {
  /** Allows addresses of this machine and its network, and http. */
  readonly allowPrivate: boolean;
  readonly timeoutSeconds?: number;
  /** Returns all addresses of a name; the operating system's resolver unless given. */
  readonly resolve?: (hostname: string) => Promise<readonly LookupAddress[]>;
}

/**
 * Creates the client that posts events. It resolves the name once, checks every address and connects to a checked one, so a
 * name that changes between check and connection has no effect. It follows no redirects.
 */
export function createWebhookSender({
  allowPrivate,
  timeoutSeconds,
  resolve = resolveAll,
}: WebhookSenderOptions): WebhookSender {
  const lookup: LookupFunction = (hostname, options, done) => {
    resolve(hostname)
      .then((addresses) => checkAddresses(hostname, addresses, allowPrivate))
      .then(
        (addresses) => {
          if (options.all === true) return done(null, [...addresses]);
          const [{ address, family } = { address: '', family: 4 }] = addresses;
          done(null, address, family);
        },
        (error: unknown) => done(error as NodeJS.ErrnoException, ''),
      );
  };
  // A connection that is kept alive leads to an address that was checked.
  const agents = { 'https:': new HttpsAgent({ keepAlive: true }), 'http:': new HttpAgent({ keepAlive: true }) };

  return {
    async post({ url, headers, body }) {
      // The URL was checked when the endpoint was created, perhaps with another `allowPrivate`.
      const fault = faultOfTarget(url, allowPrivate);
      if (fault !== undefined) return { kind: 'failed', error: `refused: ${fault}` };
      const target = new URL(url);
      const secure = target.protocol === 'https:';
      const signal = AbortSignal.timeout((timeoutSeconds ?? DELIVERY_TIMEOUT_SECONDS) * 1000);
      try {
        const response = await new Promise<IncomingMessage>((answered, failed) => {
          const request = (secure ? requestHttps : requestHttp)(
            target,
            {
              method: 'POST',
              headers: { ...headers, 'content-length': Buffer.byteLength(body) },
              lookup,
              signal,
              agent: secure ? agents['https:'] : agents['http:'],
            },
            answered,
          );
          request.on('error', failed);
          request.end(body);
        });
        // Only the status matters. Reading the body frees the connection for the next event.
        response.on('error', () => undefined);
        discard(response);
        return { kind: 'answered', status: response.statusCode ?? 0 };
      } catch (error) {
        return { kind: 'failed', error: signal.aborted ? 'no answer in time' : formatError(error) };
      }
    },
    close() {
      for (const agent of Object.values(agents)) agent.destroy();
    },
  };
}

const MAX_RESPONSE_BYTES = 65_536;

/** Reads and drops the body, and closes the connection if the body is too long. */
function discard(response: IncomingMessage): void {
  let bytes = 0;
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MAX_RESPONSE_BYTES) response.destroy();
  });
}

function resolveAll(hostname: string): Promise<LookupAddress[]> {
  return new Promise((resolved, failed) => {
    resolveName(hostname, { all: true }, (error, addresses) => (error === null ? resolved(addresses) : failed(error)));
  });
}

/** What failed, for the vendor: an error code or name, and nothing of this code. */
function formatError(error: unknown): string {
  if (error instanceof TargetRefused) return `refused: ${error.message}`;
  if (!(error instanceof Error)) return 'failed';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
