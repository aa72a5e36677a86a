/**
 * Bugs planted to prove that the simulator finds them. The product's files stay unchanged: the text of a module is
 * changed while it is loaded, in this thread only, before any other import of it.
 */
import { registerHooks } from 'node:module';

interface Change {
  /** The end of the module's address. */
  readonly module: string;
  readonly text: string;
  readonly instead: string;
}

export const PLANTED_BUGS: Readonly<Record<string, Change>> = {
  /** A license or a head is written even if it changed since it was read. */
  'removed-condition': {
    module: '/functions/store/transactions.ts',
    text: "Item: { ...item, ...key, revision: revisionRead + 1 },\n      ConditionExpression: 'revision = :read',\n      ExpressionAttributeValues: { ':read': revisionRead },",
    instead: 'Item: { ...item, ...key, revision: revisionRead + 1 },',
  },
  /** The licenses to activate are not reserved with the plan. */
  'forgotten-reservation': {
    module: '/functions/use-cases/reprogramming/plan.ts',
    text: '...first.map((license) => reservationWrite(dependencies, license, input.container, made.id)),',
    instead: '',
  },
  /** Manual deactivations run before the vendor's withdrawals. */
  'swapped-step': {
    module: '/domain/sequence.ts',
    text: 'sequence.withdraw();\n  sequence.deactivate();',
    instead: 'sequence.deactivate();\n  sequence.withdraw();',
  },
  /** A vendor action is accepted even if it breaks the licenses that depend on it (Q7). */
  'unchecked-order': {
    module: '/domain/vendor-action.ts',
    text: 'if (broken.length > 0) {',
    instead: 'if (broken.length > 1000) {',
  },
  /** A late step moves licenses although the lock has been released. */
  'unlocked-step': {
    module: '/functions/use-cases/reprogramming/run-step.ts',
    text: "if (!(await reprogrammingHoldsLock(dependencies, work))) return 'done';",
    instead: 'await reprogrammingHoldsLock(dependencies, work);',
  },
};

/**
 * Not bugs: small transactions, so that a handful of licenses takes several of them, as hundreds do in the product. The
 * invariants must hold with them too.
 */
export const SMALL_TRANSACTIONS: readonly Change[] = [
  {
    module: '/functions/store/transactions.ts',
    text: 'export const TRANSACTION_ITEMS = 100;',
    instead: 'export const TRANSACTION_ITEMS = 8;',
  },
];

/** Plants a bug into every module that is loaded later. */
export function plant(name: string): void {
  const bug = PLANTED_BUGS[name];
  if (bug === undefined)
    throw new Error(`Unknown bug ${name}; planted bugs are ${Object.keys(PLANTED_BUGS).join(', ')}`);
  change([bug]);
}

/** Changes the text of every module that is loaded later. */
export function change(changes: readonly Change[]): void {
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      const wanted = changes.find(({ module }) => url.endsWith(module));
      if (wanted === undefined) return loaded;
      const source = textOf(loaded.source);
      if (!source.includes(wanted.text)) throw new Error(`${wanted.module} no longer has the text ${wanted.text}`);
      return { ...loaded, source: source.replace(wanted.text, wanted.instead) };
    },
  });
}

function textOf(source: unknown): string {
  if (typeof source === 'string') return source;
  if (source instanceof Uint8Array) return Buffer.from(source).toString('utf8');
  throw new TypeError('A module without a text');
}
