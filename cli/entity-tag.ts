import { type CallOptions, ProblemError } from '../client/index.ts';

/** A resource, and the condition that nobody else has changed it in between. */
export interface Tagged<Value> {
  readonly value: Value;
  readonly unchanged: Pick<CallOptions, 'ifMatch' | 'ifNoneMatch'>;
}

type Read<Value> = (options: CallOptions) => Promise<Value>;

export async function readTagged<Value>(read: Read<Value>): Promise<Tagged<Value>> {
  let ifMatch: string | undefined;
  const value = await read({
    onAnswer: ({ headers }) => {
      ifMatch = headers.get('etag') ?? undefined;
    },
  });
  return { value, unchanged: { ifMatch } };
}

/** The same for a resource that may not exist yet. */
export async function readTaggedOrNone<Value>(read: Read<Value>): Promise<Tagged<Value | undefined>> {
  try {
    return await readTagged(read);
  } catch (error) {
    if (!(error instanceof ProblemError) || error.code !== 'not-found') throw error;
    return { value: undefined, unchanged: { ifNoneMatch: '*' } };
  }
}
