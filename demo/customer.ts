import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Container, type SyncOptions, type SyncReport, sync } from '../container/index.ts';
import type { Content, Wishes } from '../protocol/index.ts';

/** One machine of the customer. Its container has its own folder and uses the library that a vendor embeds. */
export interface Customer {
  readonly name: string;
  readonly folder: string;
  readonly serial: string;
  /** Reads the content from the container's file. */
  content(): Promise<Content>;
  digest(): Promise<string>;
  /** @param wishes the manual actions of the request that carries the context */
  context(wishes?: Wishes): Promise<string>;
  /** Applies a chain of updates. @returns the number of updates that were new. @throws Error when one is refused. */
  apply(updates: readonly unknown[]): Promise<number>;
  /** Does a whole round trip: context, update, receipt. @throws Error when it is refused. */
  sync(options: SyncOptions): Promise<SyncReport>;
}

export async function createCustomer(name: string, folder: string, url: string): Promise<Customer> {
  mkdirSync(folder);
  const path = join(folder, 'container.json');
  const keys: unknown = await (await fetch(new URL('/.well-known/relicense-keys', url))).json();
  const { serial } = await Container.create({ path, keys, server: url });
  return {
    name,
    folder,
    serial,
    content: async () => (await Container.open(path)).content,
    digest: async () => (await Container.open(path)).digest(),
    context: async (wishes) => (await Container.open(path)).context({ wishes }),
    async apply(updates) {
      const report = await (await Container.open(path)).apply({ updates });
      if (!report.ok) throw new Error(`The ${name} refuses the update: ${report.code}`);
      return report.applied.length;
    },
    async sync(options) {
      const result = await sync(await Container.open(path), options);
      if (!result.ok) throw new Error(`The ${name} cannot be synchronized: ${JSON.stringify(result.fault)}`);
      return result.report;
    },
  };
}
