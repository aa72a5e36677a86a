import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type ContainerLicense,
  type Context,
  digestOf,
  isWishOf,
  type Operation,
  type Update,
  verifyContext,
} from '../../../protocol/index.ts';
import { ISSUER, TestVendor } from './test-vendor.ts';

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly prefer: string | undefined;
  readonly body: Record<string, unknown>;
}

/** What happens to one request. `drop` closes the connection: before the request has any effect, or after it. */
export type Fault =
  | { readonly kind: 'none' }
  /** A body that never ends. */
  | { readonly kind: 'endless' }
  /** No answer at all. */
  | { readonly kind: 'silent' }
  | { readonly kind: 'drop'; readonly when: 'before' | 'after' }
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers?: Record<string, string>;
      readonly body: string;
    };

const TICKET = '00000-00000-00000-00000-00001';

/** The depot's side of the HTTP contract for one container, in memory. It enforces only the rules that a test sets. */
export class FakeDepot {
  readonly vendor = new TestVendor();
  readonly asked: Asked[] = [];
  readonly faults: Fault[] = [];
  readonly ticket = TICKET;
  /** Licenses on the ticket. */
  licenses: (ContainerLicense & {
    state: string;
    container?: string;
    onOffer?: false;
    pending?: { action: string; container: string };
  })[] = [];
  /** Why the server refuses to activate a license, by its id. */
  readonly refusals = new Map<string, string>();
  /** Requests for the key sets, which are not listed in `asked`. */
  keysAsked = 0;
  /** The key sets that it lists in place of the vendor's. */
  listed: object | undefined;
  /** Vendor actions that the next reprogramming carries out. */
  pending: Operation[] = [];
  /** What the server says of these vendor actions. */
  autoUpdates: {
    license: string;
    product?: string;
    replacement?: string;
    replacementProduct?: string;
    reason?: string;
  }[] = [];
  /** Manual actions that the next reprogramming with vendor actions drops. */
  dropped: { action: string; license: string; reason: string }[] = [];
  /** How many answers say `planned` before a reprogramming is issued. */
  plannedAnswers = 0;
  /** Updates that may wait for a receipt. */
  mostOutstanding = Number.POSITIVE_INFINITY;
  /** The most updates in one answer. */
  mostInAnswer = Number.POSITIVE_INFINITY;
  confirmed = 0;
  /** The time of the lease in answers without updates; without it they have no lease. */
  leaseIat: number | undefined;
  /** Whether answers have the key sets that the container misses. */
  sendsKeySets = false;
  private chain: Update[] = [];
  private server: Server | undefined;
  private readonly issuedFor = new Map<string, { readonly executed: object }>();

  async listen(): Promise<string> {
    this.server = createServer((request, response) => void this.serve(request, response));
    await new Promise<void>((resolve) => this.server?.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.server?.closeAllConnections();
    await new Promise((resolve) => this.server?.close(resolve) ?? resolve(undefined));
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const { method = '', url = '', headers } = request;
    if (url === '/.well-known/relicense-keys') {
      this.keysAsked += 1;
      response.writeHead(200, { 'content-type': 'application/json' });
      return void response.end(JSON.stringify(this.listed ?? (await this.vendor.keys())));
    }
    const asked = { method, path: url, prefer: headers.prefer?.toString(), body: text === '' ? {} : JSON.parse(text) };
    this.asked.push(asked);
    const fault = this.faults.shift();
    if (fault?.kind === 'drop' && fault.when === 'before') return void request.socket.destroy();
    if (fault?.kind === 'answer') {
      response.writeHead(fault.status, { 'content-type': 'application/json', ...fault.headers });
      return void response.end(fault.body);
    }
    if (fault?.kind === 'endless') return pour(response);
    if (fault?.kind === 'silent') return;
    const { status, body } = await this.answer(asked);
    if (fault?.kind === 'drop') return void request.socket.destroy();
    response.writeHead(status, { 'content-type': status < 400 ? 'application/json' : 'application/problem+json' });
    response.end(JSON.stringify(body));
  }

  private async answer({ method, path, body }: Asked): Promise<{ status: number; body: unknown }> {
    if (path === `/depot/tickets/${TICKET}`) return { status: 200, body: { code: TICKET, licenses: this.licenses } };
    if (path.startsWith('/depot/tickets/')) return problem(404, 'not-found');
    if (path.startsWith('/depot/reprogrammings/') && method === 'GET') {
      const known = this.issuedFor.get(decodeURIComponent(path.slice('/depot/reprogrammings/'.length)));
      return known === undefined ? problem(404, 'not-found') : this.planned(known);
    }
    const vendor = { issuer: ISSUER, newestKeySet: await this.vendor.newestKeySet() };
    const context = await verifyContext(body.context, vendor);
    if (!context.ok) return problem(400, 'invalid-context', { reason: context.reason });
    if (!(await isWishOf(context.context, body))) return problem(400, 'invalid-context', { reason: 'wish' });
    const { serial, counter, digest } = context.context;
    if (counter < this.confirmed || counter > this.chain.length) return problem(409, 'container-diverged');
    if (counter === this.chain.length && digest !== (await digestOf(this.vendor.target(serial)))) {
      return problem(409, 'container-diverged');
    }
    this.confirmed = counter;
    if (path === '/depot/receipts') return { status: 200, body: { status: 'confirmed' } };
    if (path === '/depot/auto-updates') return { status: 200, body: { items: this.autoUpdates } };
    if (path === '/depot/reprogrammings') {
      const answer = await this.reprogram(serial, counter, body);
      return { ...answer, body: { ...answer.body, ...(await this.additions(context.context)) } };
    }
    return problem(404, 'not-found');
  }

  private async reprogram(
    serial: string,
    counter: number,
    body: Record<string, unknown>,
  ): Promise<{ status: number; body: object }> {
    const activate = (body.activate ?? []) as { ticket: string; license: string }[];
    const deactivate = (body.deactivate ?? []) as string[];
    const wanted = activate.flatMap(({ license }) => this.licenses.filter((one) => one.id === license));
    const fresh = wanted.filter((one) => one.state === 'available');
    const unknown = activate.filter(({ license }) => !wanted.some((one) => one.id === license));
    const conflicts = [
      ...unknown.map(({ license }) => ({ action: 'activate', license, reason: 'not-on-ticket' })),
      ...wanted.flatMap(({ id: license }) => {
        const reason = this.refusals.get(license);
        return reason === undefined ? [] : [{ action: 'activate', license, reason }];
      }),
    ];
    if (conflicts.length > 0 && this.pending.length > 0) return this.vendorOnly(serial, counter, activate, conflicts);
    if (conflicts.length > 0) {
      return problem(409, 'manual-conflict', { conflicts });
    }
    const operations: Operation[] = [
      ...this.pending,
      ...deactivate.map((license) => ({ op: 'remove', license, cause: 'deactivate' }) as const),
      ...fresh.map(({ id, product, terms, requires }) => ({
        op: 'put' as const,
        license: { id, product, terms, requires },
        cause: 'activate' as const,
      })),
    ];
    const isFull = this.chain.length - counter >= this.mostOutstanding;
    if (isFull && operations.length > this.pending.length) return problem(409, 'too-many-outstanding');
    if (isFull) operations.length = 0;
    const ids = (cause: string) =>
      operations.filter((one) => one.cause === cause).map((one) => (one.op === 'put' ? one.license.id : one.license));
    const executed = { withdraw: ids('withdraw'), deactivate, assign: [], replace: [], activate: ids('activate') };
    const shape = { executed, dropped: this.dropped };
    if (body.preview === true) return { status: 200, body: { id: 'rp', status: 'previewed', ...shape, updates: [] } };
    if (operations.length > 0) {
      this.chain.push(await this.vendor.issue(serial, operations));
      this.pending = [];
      for (const one of fresh) Object.assign(one, { state: 'collected-without-receipt', container: serial });
    }
    const updates = this.chain.slice(counter, counter + this.mostInAnswer);
    const more = counter + updates.length < this.chain.length ? { more: true } : {};
    const status = updates.length === 0 ? 'unchanged' : 'issued';
    const id = `rp-${this.chain.length}`;
    // Without actions it repeats the last answer, until that update has its receipt (T4).
    const earlier = operations.length === 0 && updates.length > 0 ? this.issuedFor.get(id) : undefined;
    const { executed: before = executed } = earlier ?? {};
    const response = { id, status, ...shape, executed: before, updates, ...more };
    this.issuedFor.set(id, response);
    return this.planned(response);
  }

  /** Carries out the vendor actions, and drops all manual ones together (Q3). */
  private async vendorOnly(
    serial: string,
    counter: number,
    activate: readonly { license: string }[],
    conflicts: readonly { action: string; license: string; reason: string }[],
  ) {
    const others = activate.filter(({ license }) => !conflicts.some((conflict) => conflict.license === license));
    const dropped = [
      ...conflicts,
      ...others.map(({ license }) => ({ action: 'activate', license, reason: 'dropped-together' })),
    ];
    const answer = await this.reprogram(serial, counter, {});
    return { ...answer, body: { ...answer.body, dropped } };
  }

  private async additions({ serial, counter, jti, keys }: Context): Promise<object> {
    const keySets = this.sendsKeySets ? { keySets: (await this.vendor.keys()).keySets.slice(keys) } : {};
    if (this.leaseIat === undefined || counter < this.chain.length) return keySets;
    return { ...keySets, lease: await this.vendor.lease(serial, jti, this.leaseIat) };
  }

  private planned(response: object): { status: number; body: object } {
    if (this.plannedAnswers === 0) return { status: 200, body: response };
    this.plannedAnswers -= 1;
    return { status: 202, body: { ...response, status: 'planned', updates: [] } };
  }
}

/** Writes as fast as the reader reads, until the reader stops. */
function pour(response: ServerResponse): void {
  const chunk = Buffer.alloc(256 * 1024, ' ');
  const more = (): void => {
    while (!response.destroyed && response.write(chunk));
  };
  response.on('drain', more);
  response.writeHead(200, { 'content-type': 'application/json' });
  more();
}

function problem(status: number, code: string, more: object = {}): { status: number; body: object } {
  const title = `Title of ${code}`;
  return { status, body: { type: `/problems/${code}`, code, title, status, detail: `Detail of ${code}.`, ...more } };
}
