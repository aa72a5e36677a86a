import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Dependencies } from '../../dependencies.ts';
import { rateKey } from '../../store/keys.ts';
import { createLruMap } from './lru-map.ts';

/** The result of counting one request. */
export interface Taken {
  readonly allowed: boolean;
  readonly limit: number;
  /** Requests that remain in this minute, as far as this instance knows. */
  readonly remaining: number;
  /** Seconds until the next minute. */
  readonly resetSeconds: number;
}

/**
 * The requests per minute of a caller, shared by all instances. Each instance leases blocks of requests from one counter in the
 * table. So all instances together never exceed the limit, and only the first request of a block needs a write.
 */
export interface TokenRateLimit {
  take(dependencies: Dependencies, caller: string, limit: number): Promise<Taken>;
}

/** The requests of one caller's minute that an instance has leased. */
interface Lease {
  readonly minute: number;
  readonly limit: number;
  left: number;
  /** Requests of the minute that no instance had leased when this instance last read the counter. */
  unleased: number;
  nextBlock: number;
  leasing?: Promise<void> | undefined;
}

/** Callers in memory. A caller that was removed leases again, and loses the rest of its block. */
const MAX_CALLERS = 10_000;
const MINUTE_MILLISECONDS = 60_000;
/** The first block is 1/100 of the limit, because most callers send few requests; each further one is twice as large, up to 1/10. */
const FIRST_BLOCKS = 100;
const LARGEST_BLOCKS = 10;
/** The counter of a past minute expires after this. */
const KEPT_MINUTES = 5;

export function createTokenRateLimit(): TokenRateLimit {
  const leases = createLruMap<Lease>(MAX_CALLERS);
  const leaseOf = (caller: string, minute: number, limit: number): Lease => {
    const known = leases.get(caller);
    if (known !== undefined && known.minute === minute && known.limit === limit) return known;
    const fresh = { minute, limit, left: 0, unleased: limit, nextBlock: Math.ceil(limit / FIRST_BLOCKS) };
    leases.set(caller, fresh);
    return fresh;
  };
  return {
    async take(dependencies, caller, limit) {
      for (;;) {
        const now = dependencies.now().getTime();
        const minute = Math.floor(now / MINUTE_MILLISECONDS);
        const resetSeconds = Math.ceil(((minute + 1) * MINUTE_MILLISECONDS - now) / 1000);
        const lease = leaseOf(caller, minute, limit);
        if (lease.left > 0) {
          lease.left -= 1;
          return { allowed: true, limit, remaining: lease.left + lease.unleased, resetSeconds };
        }
        if (lease.unleased === 0) return { allowed: false, limit, remaining: 0, resetSeconds };
        // Concurrent requests wait for one block together.
        lease.leasing ??= leaseBlock(dependencies, caller, lease).finally(() => {
          lease.leasing = undefined;
        });
        await lease.leasing;
      }
    },
  };
}

/** Leases the next block, or a smaller one if fewer requests remain. Sets `unleased` to 0 when all requests are leased. */
async function leaseBlock(dependencies: Dependencies, caller: string, lease: Lease): Promise<void> {
  let block = lease.nextBlock;
  while (block > 0) {
    const used = await addUse(dependencies, caller, lease, block);
    if (used.added) {
      lease.left += block;
      lease.unleased = Math.max(lease.limit - used.total, 0);
      lease.nextBlock = Math.min(lease.nextBlock * 2, Math.ceil(lease.limit / LARGEST_BLOCKS));
      return;
    }
    // Other instances lease meanwhile: retry with the rest while requests remain.
    block = Math.min(Math.max(lease.limit - used.total, 0), block);
  }
  lease.unleased = 0;
}

type Use = { readonly added: boolean; readonly total: number };

/** Adds a block to the minute's counter, unless that would exceed the limit. If the SDK retries the write, the block can count twice. */
async function addUse(
  dependencies: Dependencies,
  caller: string,
  { minute, limit }: Lease,
  block: number,
): Promise<Use> {
  try {
    const { Attributes } = await dependencies.documents.send(
      new UpdateCommand({
        TableName: dependencies.tableName,
        Key: { ...rateKey(caller, minute) },
        UpdateExpression: 'SET expiresAtSeconds = :end ADD used :block',
        ConditionExpression: 'attribute_not_exists(used) OR used <= :most',
        ExpressionAttributeValues: { ':block': block, ':most': limit - block, ':end': (minute + KEPT_MINUTES) * 60 },
        ReturnValues: 'UPDATED_NEW',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    );
    return { added: true, total: Number(Attributes?.used) };
  } catch (error) {
    if (!isRefused(error)) throw error;
    return { added: false, total: usedOf(error) ?? limit };
  }
}

interface Refused {
  readonly Item?: { readonly used?: { readonly N?: string } | number };
}

function isRefused(error: unknown): error is Error & Refused {
  return error instanceof Error && error.name === 'ConditionalCheckFailedException';
}

/** The document client does not convert the item of an error from DynamoDB's notation. */
function usedOf({ Item }: Refused): number | undefined {
  const used = Item?.used;
  const total = Number(typeof used === 'object' ? used.N : used);
  return Number.isFinite(total) ? total : undefined;
}
