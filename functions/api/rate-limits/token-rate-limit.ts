import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Dependencies } from '../../dependencies.ts';
import { rateKey } from '../../store/keys.ts';
import { createLruMap } from './lru-map.ts';

/** What came of asking for one request more. */
export interface Taken {
  readonly allowed: boolean;
  readonly limit: number;
  /** How many more this minute has, as far as this instance knows. */
  readonly remaining: number;
  /** Seconds until the next minute, which has its own allowance. */
  readonly resetSeconds: number;
}

/**
 * A caller's allowance of a minute, shared by all instances. Each leases blocks of it from one counter in the table, so
 * that what all let through together never exceeds the limit, and a request writes nothing but for the first of a block.
 */
export interface TokenRateLimit {
  take(dependencies: Dependencies, caller: string, limit: number): Promise<Taken>;
}

/** What an instance has leased of one caller's minute. */
interface Lease {
  readonly minute: number;
  readonly limit: number;
  left: number;
  /** Of the shared allowance, when this instance looked last. */
  unleased: number;
  nextBlock: number;
  leasing?: Promise<void> | undefined;
}

/** Callers that are remembered at once; whoever is forgotten leases anew, and what it had left is lost to it. */
const MAX_CALLERS = 10_000;
const MINUTE_MILLISECONDS = 60_000;
/** The first block is small, for the many who ask seldom; each further one is twice as large, up to a tenth of all. */
const FIRST_BLOCKS = 100;
const LARGEST_BLOCKS = 10;
/** A counter of a minute that is over is of no use to anybody. */
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
        // Those who ask at once wait for one block together.
        lease.leasing ??= leaseBlock(dependencies, caller, lease).finally(() => {
          lease.leasing = undefined;
        });
        await lease.leasing;
      }
    },
  };
}

/** Leases the next block, a smaller one when no more is there, or learns that nothing is left of the minute. */
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
    // Others may lease meanwhile: each time there is less, until there is nothing.
    block = Math.min(Math.max(lease.limit - used.total, 0), block);
  }
  lease.unleased = 0;
}

type Use = { readonly added: boolean; readonly total: number };

/** Adds a block to the minute's counter, unless that would exceed the limit. An addition that is told twice counts twice. */
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

/** The document client leaves the item of an error as it came, in DynamoDB's own notation. */
function usedOf({ Item }: Refused): number | undefined {
  const used = Item?.used;
  const total = Number(typeof used === 'object' ? used.N : used);
  return Number.isFinite(total) ? total : undefined;
}
