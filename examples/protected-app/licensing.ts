import { type CheckResult, Container, ContainerError, sync, type Trust } from '@relicense/container';
import { adviceFor, describeFault } from './advice.ts';

export interface Product {
  /** The code of the product, as the vendor sells it. */
  readonly code: string;
  /** When this version was released: a license can include new versions until a date. */
  readonly released: string;
}

export interface Settings {
  /** The container's file, in a folder that the user of the program can write. */
  readonly path: string;
  /** The vendor's server. */
  readonly server: string;
  /** The vendor's key sets: a part of the program, so that the owner of the machine cannot replace them. */
  readonly keys: Trust;
  readonly product: Product;
}

/** The program's licenses on this machine. */
export class Licensing {
  private readonly settings: Settings;
  /** `undefined` if the file exists and cannot be used. */
  private readonly container: Container | undefined;

  private constructor(settings: Settings, container: Container | undefined) {
    this.settings = settings;
    this.container = container;
  }

  /** Opens the container, or creates it at the first start. A damaged file is left alone: it still has the licenses. */
  static async open(settings: Settings): Promise<Licensing> {
    const { path, keys, server } = settings;
    try {
      return new Licensing(settings, await Container.open(path, { trust: keys }));
    } catch (error) {
      if (!(error instanceof ContainerError)) throw error;
      // A wrong `trust` is a bug of this program, not of the file.
      if (error.code === 'trust') throw error;
      if (error.code !== 'not-found') return new Licensing(settings, undefined);
      return new Licensing(settings, await Container.create({ path, keys, server, trust: keys }));
    }
  }

  /** Whether the product, or one of its features, can be used now. It needs no network. */
  async check(feature?: string): Promise<CheckResult> {
    const { code, released } = this.settings.product;
    return (await this.container?.check(code, { feature, released })) ?? { ok: false, reason: 'file-damaged' };
  }

  /** Like `check`, but asks the server first if it may have what is missing. */
  async checkAtStart(): Promise<CheckResult> {
    const check = await this.check();
    if (check.ok || !adviceFor(check.reason).trySync) return check;
    await this.sync();
    return this.check();
  }

  /** Carries out what the vendor has ordered and renews the lease. Returns why it failed. It never throws. */
  async sync(): Promise<string | undefined> {
    if (this.container === undefined) return adviceFor('file-damaged').text;
    try {
      const result = await sync(this.container, { server: this.settings.server, timeoutSeconds: 30 });
      return result.ok ? undefined : describeFault(result.fault);
    } catch (error) {
      return (error as Error).message;
    }
  }

  /** Takes all licenses of a ticket that this machine can have. The text says what happened, for the user. */
  async activate(ticket: string): Promise<{ readonly ok: boolean; readonly text: string }> {
    if (this.container === undefined) return { ok: false, text: adviceFor('file-damaged').text };
    try {
      const result = await sync(this.container, { server: this.settings.server, ticket, activate: 'all' });
      if (!result.ok) return { ok: false, text: describeFault(result.fault) };
      const { executed, leftOut, here } = result.report;
      const others = leftOut.map(({ product, reason }) => `\n${product} was left out: ${reason}`);
      const text = `Activated: ${executed.activate.length}. On this machine before: ${here}.${others.join('')}`;
      return { ok: executed.activate.length + here > 0, text };
    } catch (error) {
      return { ok: false, text: (error as Error).message };
    }
  }
}
