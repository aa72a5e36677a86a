/** The task tokens of the executions: who waits for which receipt, since when, and what an earlier process knew of it. */
import { randomUUID } from 'node:crypto';
import type { Clock } from './clock.ts';
import type { ExecutionJournal, JournaledWait } from './execution-journal.ts';

export interface ReceiptWait {
  readonly token: string;
  /** Milliseconds since 1970. */
  readonly since: number;
  /** Resolves with the receipt. */
  readonly done: Promise<void>;
  fail(error: Error): void;
}

export interface ReceiptWaits {
  /** A wait of an earlier process. Its token is good from now on, and the execution's first wait takes it over. */
  recall(execution: string, wait: JournaledWait): void;
  /** The token of the wait that begins now; the same one until a state takes the wait. */
  open(execution: string): string;
  /** The wait that was opened last, for the state that waits. */
  take(execution: string): ReceiptWait | undefined;
  /** Its token is good no more. */
  forget(execution: string): void;
  /** The wait ended without a receipt: the next start must not go on with it. */
  giveUp(execution: string): void;
  receive(token: string): 'sent' | 'gone';
  isWaiting(execution: string): boolean;
  wasReceived(execution: string): boolean;
  failAll(error: Error): void;
}

interface OpenWait extends ReceiptWait {
  resolve(): void;
  received: boolean;
  /** A state has taken it; the next token is that of the next attempt. */
  taken: boolean;
}

export function createReceiptWaits(journal: ExecutionJournal, clock: Clock): ReceiptWaits {
  const byToken = new Map<string, string>();
  const open = new Map<string, OpenWait>();
  const recalled = new Map<string, JournaledWait>();

  const forget = (execution: string): void => {
    for (const wait of [open.get(execution), recalled.get(execution)]) {
      if (wait !== undefined) byToken.delete(wait.token);
    }
    open.delete(execution);
    recalled.delete(execution);
  };

  return {
    recall: (execution, wait) => {
      recalled.set(execution, wait);
      byToken.set(wait.token, execution);
    },
    open: (execution) => {
      const standing = open.get(execution);
      if (standing?.taken === false) return standing.token;
      const earlier = recalled.get(execution);
      forget(execution);
      const wait = newWait(earlier ?? { token: randomUUID(), since: clock.now(), received: false });
      if (earlier === undefined) journal.wait(execution, wait.token, wait.since);
      open.set(execution, wait);
      byToken.set(wait.token, execution);
      return wait.token;
    },
    take: (execution) => {
      const wait = open.get(execution);
      if (wait !== undefined) wait.taken = true;
      return wait;
    },
    forget,
    giveUp: (execution) => {
      forget(execution);
      journal.stopWaiting(execution);
    },
    receive: (token) => {
      const execution = byToken.get(token);
      if (execution === undefined) return 'gone';
      const wait = open.get(execution);
      const earlier = recalled.get(execution);
      if (wait?.received === true || earlier?.received === true) return 'gone';
      // First on the disk: once we have said `sent`, nobody sends it again.
      journal.receive(execution);
      if (earlier !== undefined) recalled.set(execution, { ...earlier, received: true });
      if (wait !== undefined) {
        wait.received = true;
        wait.resolve();
      }
      return 'sent';
    },
    isWaiting: (execution) => open.get(execution)?.received === false,
    wasReceived: (execution) => open.get(execution)?.received === true,
    failAll: (error) => {
      for (const wait of open.values()) wait.fail(error);
    },
  };
}

function newWait({ token, since, received }: JournaledWait): OpenWait {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  // A wait that fails while its handler still runs is seen when the handler is through.
  promise.catch(() => undefined);
  if (received) resolve();
  return { token, since, received, taken: false, done: promise, resolve, fail: reject };
}
