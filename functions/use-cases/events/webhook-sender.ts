import { type LookupAddress, lookup as resolveName } from 'node:dns';
import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import type { WebhookSender } from '../../dependencies.ts';
import { checkAddresses, faultOfTarget, TargetRefused } from './target-address.ts';

/** Seconds from the start of a delivery to the end of its answer. */
export const DELIVERY_TIMEOUT_SECONDS = 15;

export interface WebhookSenderOptions {
  /** Lets events go to this machine and its network, and by http. */
  readonly allowPrivate: boolean;
  readonly timeoutSeconds?: number;
  /** All addresses of a name; the operating system's resolver unless given. */
  readonly resolve?: (hostname: string) => Promise<readonly LookupAddress[]>;
}

/**
 * Posts events. The name is resolved here, every address checked, and the connection goes to a checked address: what a
 * second look-up would say plays no part. A redirect is an answer like any other and is not followed.
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
  // A kept connection is one to an address that was checked when it was made.
  const agents = { 'https:': new HttpsAgent({ keepAlive: true }), 'http:': new HttpAgent({ keepAlive: true }) };

  return {
    async post({ url, headers, body }) {
      // What is stored was checked when it was registered, perhaps under another setting.
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
        // The status is all that counts. Reading on frees the connection; what is long or slow is cut off.
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

const MAX_ANSWER_BYTES = 65_536;

function discard(response: IncomingMessage): void {
  let bytes = 0;
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) response.destroy();
  });
}

function resolveAll(hostname: string): Promise<LookupAddress[]> {
  return new Promise((resolved, failed) => {
    resolveName(hostname, { all: true }, (error, addresses) => (error === null ? resolved(addresses) : failed(error)));
  });
}

/** Fit to be shown to the vendor: what failed, not where in our code. */
function formatError(error: unknown): string {
  if (error instanceof TargetRefused) return `refused: ${error.message}`;
  if (!(error instanceof Error)) return 'failed';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
