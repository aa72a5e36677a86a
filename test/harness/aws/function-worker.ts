/**
 * Runs the bundle of one function as Lambda does: in a thread with its own environment. Only connections to the vendor's endpoint are
 * led to this machine, because a deployed function connects to no private address.
 */
import { Socket } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import * as z from 'zod/mini';

const { bundle, receiver } = z
  .object({ bundle: z.string(), receiver: z.object({ host: z.string(), port: z.number() }) })
  .parse(workerData);

interface ConnectOptions {
  readonly host?: string;
  readonly servername?: string;
}

const connect = Socket.prototype.connect;
Socket.prototype.connect = function (this: Socket, ...given: unknown[]) {
  const [first] = given;
  const [options] = Array.isArray(first) ? first : [first];
  const isReceiver = (options as ConnectOptions | undefined)?.host === receiver.host;
  const led = isReceiver
    ? [{ ...(options as object), host: '127.0.0.1', port: receiver.port, lookup: undefined }, ...given.slice(1)]
    : given;
  return Reflect.apply(connect, this, led) as Socket;
} as typeof connect;

const { handler } = (await import(bundle)) as { handler(event: unknown, context: object): Promise<unknown> };

parentPort?.on('message', ({ id, event, context }: { id: number; event: unknown; context: object }) => {
  handler(event, { ...context, getRemainingTimeInMillis: () => 20_000 }).then(
    (result) => parentPort?.postMessage({ id, result }),
    (error: unknown) => {
      const { name, message } = error instanceof Error ? error : { name: 'Error', message: String(error) };
      parentPort?.postMessage({ id, error: { name, message } });
    },
  );
});
parentPort?.postMessage({ id: 0 });
