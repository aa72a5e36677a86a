/** The server whose key sets the command manages: its API, with the vendor's token. */
import * as z from 'zod/mini';
import { sendRequest } from '../../protocol/http-client.ts';
import { extendKeySets, type KeySet, parseJson, type SignedKeySet } from '../../protocol/index.ts';
import { isBusyOrFailed } from '../../terminal/exit.ts';
import { CommandError } from './command-error.ts';

export interface KeyServer {
  readonly url: string;
  /** The published key sets, verified, in the order of their versions, and when each was published. */
  keySets(): Promise<readonly PublishedKeySet[]>;
  publish(signed: SignedKeySet): Promise<'published' | 'repeated'>;
}

export interface PublishedKeySet extends KeySet {
  readonly publishedAt: string;
}

const ATTEMPTS = 5;
const BACKOFF_MILLISECONDS = 200;
const TIMEOUT_SECONDS = 30;
const MAX_ANSWER_BYTES = 8_000_000;
const MAX_DEPTH = 16;
const CREATED = 201;

const page = z.object({
  items: z.array(z.object({ jws: z.array(z.string()), publishedAt: z.string() })),
  cursor: z.optional(z.string()),
});

export function connectKeyServer(url: string, token: string, send: typeof fetch = fetch): KeyServer {
  async function request(method: string, path: string, body?: object) {
    const result = await sendRequest(
      {
        server: url,
        path,
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        body: body === undefined ? undefined : JSON.stringify(body),
      },
      {
        attempts: ATTEMPTS,
        backoffMilliseconds: BACKOFF_MILLISECONDS,
        timeoutSeconds: TIMEOUT_SECONDS,
        maxAnswerBytes: MAX_ANSWER_BYTES,
        parseJson: parsed,
        passingCodes: [],
        fetch: send,
      },
    );
    if (result.kind === 'unreachable') throw new CommandError(result.detail, { isUnreachable: true });
    if (result.kind === 'problem') {
      const { code, title, detail, status } = result.problem;
      throw new CommandError(`${detail ?? title} (${code})`, { isUnreachable: isBusyOrFailed(status) });
    }
    return { status: result.status, body: parsed(result.bytes) };
  }

  return {
    url,
    async keySets() {
      const items: z.infer<typeof page>['items'] = [];
      let cursor: string | undefined;
      do {
        const query = cursor === undefined ? '' : `?cursor=${encodeURIComponent(cursor)}`;
        const read = z.safeParse(page, (await request('GET', `/key-sets${query}`)).body);
        if (!read.success) throw new CommandError(`${url} did not answer with a list of key sets.`);
        items.push(...read.data.items);
        cursor = read.data.cursor;
      } while (cursor !== undefined);
      const verified = await extendKeySets(
        [],
        items.map(({ jws }) => ({ jws })),
      );
      if (!verified.ok) {
        const text = `Key set ${verified.index + 1} of ${url} is not valid (${verified.code}). Sign nothing that follows it.`;
        throw new CommandError(text);
      }
      return verified.keySets.map((keySet, index) => ({ ...keySet, publishedAt: items[index]?.publishedAt ?? '' }));
    },
    async publish(signed) {
      const { status } = await request('POST', '/key-sets', signed);
      return status === CREATED ? 'published' : 'repeated';
    },
  };
}

function parsed(bytes: Uint8Array): unknown {
  const json = parseJson(bytes, { maxBytes: MAX_ANSWER_BYTES, maxDepth: MAX_DEPTH });
  return json.ok ? json.value : undefined;
}
