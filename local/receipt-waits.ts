/** The task tokens of executions that wait for a receipt, including those of the previous process. */
import { randomUUID } from 'node:crypto';
import type { Clock } from './clock.ts';
import type { ExecutionJournal, JournaledWait } from './execution-journal.ts';

export interface ReceiptWait {
  readonly token: string;
  /** Milliseconds since 1970. */
  readonly since: number;
  /** Resolves with the receipt. */
  readonly done: Promise<object>;
  fail(error: Error): void;
}

export interface ReceiptWaits {
  /** Restores a wait of the previous process. Its token is valid from now on, and the execution's first wait uses it. */
  recall(execution: string, wait: JournaledWait): void;
  /** Opens a wait and returns its token; the same token until a state takes the wait. */
  open(execution: string): string;
  /** The last opened wait, for the state that waits. */
  take(execution: string): ReceiptWait | undefined;
  /** Invalidates the execution's token. */
  forget(execution: string): void;
  /** Ends the wait without a receipt, so that the next start does not resume it. */
  giveUp(execution: string): void;
  receive(token: string, receipt?: object): 'sent' | 'gone';
  isWaiting(execution: string): boolean;
  wasReceived(execution: string): boolean;
  failAll(error: Error): void;
}

interface OpenWait extends ReceiptWait {
  resolve(receipt: object): void;
  received: boolean;
  /** A state has taken the wait; the next token is for the next attempt. */
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
      const current = open.get(execution);
      if (current?.taken === false) return current.token;
      const earlier = recalled.get(execution);
      forget(execution);
      const wait = newWait(earlier ?? { token: randomUUID(), since: clock.now() });
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
    receive: (token, receipt = {}) => {
      const execution = byToken.get(token);
      if (execution === undefined) return 'gone';
      const wait = open.get(execution);
      const earlier = recalled.get(execution);
      if (wait?.received === true || earlier?.received !== undefined) return 'gone';
      // Recorded first, because after `sent` nobody sends the receipt again.
      journal.receive(execution, receipt);
      if (earlier !== undefined) recalled.set(execution, { ...earlier, received: receipt });
      if (wait !== undefined) {
        wait.received = true;
        wait.resolve(receipt);
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
  const { promise, resolve, reject } = Promise.withResolvers<object>();
  // If the wait fails while its handler runs, `runTask` handles the rejection when the handler has ended.
  promise.catch(() => undefined);
  if (received !== undefined) resolve(received);
  return { token, since, received: received !== undefined, taken: false, done: promise, resolve, fail: reject };
}
