import { escapeForTerminal } from '../../terminal/text.ts';
import { endOf, formatTime } from '../check.ts';
import type { Container, SealReport } from '../container.ts';

/** What proves the content of a container, in words and for `--json`. */
export interface SealView {
  /** Whether the content is proven. An empty new container needs no proof. */
  readonly ok: boolean;
  readonly text: string;
  readonly document: SealDocument;
  /** When a license of the container can no longer be used, by its id; absent if it has no end. */
  readonly until: ReadonlyMap<string, string>;
}

export interface SealDocument {
  readonly sealed: boolean;
  /** `update` or `lease`: what the newest proof is. */
  readonly by?: string;
  readonly kid?: string;
  readonly keySet?: number;
  /** RFC 3339 UTC. */
  readonly provenAt?: string;
}

export async function viewSeal(container: Container): Promise<SealView> {
  const { keySet, proofs }: SealReport = await container.seal();
  const [proof] = proofs;
  const { counter, licenses } = container.content;
  if (proof === undefined || keySet === undefined) {
    const isEmpty = counter === 0 && licenses.length === 0;
    const text = isEmpty ? 'a new container needs no seal' : 'NOT sealed: the vendor’s keys do not prove this content';
    return { ok: isEmpty, text, document: { sealed: false }, until: new Map() };
  }
  const provenAt = formatTime(proof.iat * 1_000);
  const until = licenses.flatMap(({ id, terms }): [string, string][] => {
    const end = endOf(terms, proof.iat * 1_000);
    return end === undefined ? [] : [[id, end]];
  });
  return {
    ok: true,
    text: `by the ${proof.by} of ${provenAt}, key ${escapeForTerminal(proof.kid)} of key set ${keySet.version}`,
    document: { sealed: true, by: proof.by, kid: proof.kid, keySet: keySet.version, provenAt },
    until: new Map(until),
  };
}
