/** A vendor's endpoint for events: a server with scripted answers, which keeps the events that it accepted. */
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';

export interface ReceivedEvent {
  readonly id: string;
  readonly type: string;
  readonly timestamp: string;
  readonly data: {
    readonly id: string;
    readonly license?: string;
    readonly container?: string;
    readonly orderId?: string;
  };
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** The answer to an event; `hang` never answers, `drop` breaks the connection. */
export type ReceiverAnswer = number | 'hang' | 'drop' | { readonly redirect: string };

export interface EventReceiver {
  readonly url: string;
  /** Every event that was answered with 2xx, in that order. */
  readonly taken: ReceivedEvent[];
  /** Every event that arrived. */
  readonly came: ReceivedEvent[];
  answer: (event: ReceivedEvent) => ReceiverAnswer;
  close(): void;
}

export async function openEventReceiver(): Promise<EventReceiver> {
  const taken: ReceivedEvent[] = [];
  const came: ReceivedEvent[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      const event: ReceivedEvent = {
        ...JSON.parse(body),
        id: String(request.headers['webhook-id']),
        headers: request.headers,
        body,
      };
      came.push(event);
      const answer = receiver.answer(event);
      if (answer === 'hang') return;
      if (answer === 'drop') return void request.socket.destroy();
      if (typeof answer === 'object') return void response.writeHead(302, { location: answer.redirect }).end();
      if (answer >= 200 && answer < 300) taken.push(event);
      response.writeHead(answer).end();
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const receiver: EventReceiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/events`,
    taken,
    came,
    answer: () => 204,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
  return receiver;
}

/** Whether Standard Webhooks' own library verifies an event with the secret. */
export function isSignedWith(secret: string, { headers, body }: ReceivedEvent): boolean {
  try {
    new Webhook(secret).verify(body, headers as Record<string, string>);
    return true;
  } catch {
    return false;
  }
}
