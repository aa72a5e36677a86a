/**
 * `npm run scale`: writes docs/scale.md, which computes from the counted cost of an activation what a large deployment needs in AWS.
 * Nothing here is measured in AWS: prices, quotas and latencies are published figures or assumptions, and the page says which.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Ledger, measureActivation } from './ledger.ts';

const PAGE = join(import.meta.dirname, '../docs/scale.md');
const RATES = [10, 100, 1_000];
const CONTAINERS = [10_000, 1_000_000, 10_000_000];

/** USD per million (README of the design's figures): transitions, write units, read units, requests, HTTP requests, signatures. */
const PRICE = { transition: 25, writeUnit: 0.625, readUnit: 0.125, invocation: 0.2, http: 1, signature: 15 };
const GB_SECOND = 0.0000133334;
/** Assumptions of docs/deploy.md, too. */
const INVOCATION_SECONDS = 0.1;
const MEMORY_GB = 0.5;
const HTTP_REQUESTS = 2;
/** Published or usual median latencies, in milliseconds. */
const LATENCY = { read: 4, write: 7, transition: 25, signature: 12, start: 40, http: 15 };
/** Calls, transitions and signatures between the context and the update. */
const CALLS_IN_ROW = { reads: 3, writes: 5 };
const TRANSITIONS_TO_UPDATE = 7;

/** A contact that changes nothing is recorded once a day: one transaction puts the new entry of the list and removes the old one. */
const CONTACT_UNITS = 4;

/** Default quotas of an account in a large region, which can be raised. */
const QUOTA = { startExecution: 300, transitions: 5_000, signatures: 300, concurrency: 1_000, partitionWrites: 1_000 };

const ledger = await measureActivation();
writeFileSync(PAGE, pageOf(ledger));
console.log(`Wrote ${PAGE}`);

function pageOf(one: Ledger): string {
  const perMillion =
    one.transitions * PRICE.transition +
    one.writeUnits * PRICE.writeUnit +
    one.readUnits * PRICE.readUnit +
    one.invocations * (PRICE.invocation + INVOCATION_SECONDS * MEMORY_GB * GB_SECOND * 1e6) +
    HTTP_REQUESTS * PRICE.http +
    one.signatures * PRICE.signature;
  const latency =
    CALLS_IN_ROW.reads * LATENCY.read +
    CALLS_IN_ROW.writes * LATENCY.write +
    TRANSITIONS_TO_UPDATE * LATENCY.transition +
    one.signatures * LATENCY.signature +
    LATENCY.start +
    LATENCY.http;
  return `# How far it scales

This page is for operators who plan a large deployment in AWS. \`npm run scale\` writes it: it counts one activation on the embedded runtime and computes
the rest. **Nothing on this page was measured in AWS.** Prices, quotas and latencies are published figures or assumptions.

## One activation with its receipt

| counted | |
| --- | --- |
| calls of the table | ${one.calls}, of which ${one.writes} write |
| write units | ${one.writeUnits} |
| read units | ${one.readUnits} |
| state transitions | ${one.transitions} |
| Lambda invocations | ${one.invocations} |
| signatures | ${one.signatures} |
| USD per million | ${perMillion.toFixed(2)} |

The time of an invocation (${INVOCATION_SECONDS} s with ${MEMORY_GB * 1000} MB) is an assumption.

## Rates, beside the quotas of an account

| activations per second | ${RATES.map(format).join(' | ')} | default quota |
| --- | ${RATES.map(() => '---').join(' | ')} | --- |
| StartExecution per second | ${RATES.map(format).join(' | ')} | ${format(QUOTA.startExecution)} |
| state transitions per second | ${RATES.map((rate) => format(rate * one.transitions)).join(' | ')} | ${format(QUOTA.transitions)} |
| KMS signatures per second | ${RATES.map((rate) => format(rate * one.signatures)).join(' | ')} | ${format(QUOTA.signatures)} |
| Lambda executions at once | ${RATES.map((rate) => format(rate * one.invocations * INVOCATION_SECONDS)).join(' | ')} | ${format(QUOTA.concurrency)} |
| write units per second | ${RATES.map((rate) => format(rate * one.writeUnits)).join(' | ')} | on demand |
| USD per month | ${RATES.map((rate) => format((rate * 86_400 * 30 * perMillion) / 1e6)).join(' | ')} | |

What breaks first: **StartExecution** and **KMS signatures**, both at ${format(Math.min(QUOTA.startExecution, QUOTA.signatures / one.signatures))} activations per second in a large region.
Ask for both quotas before a release day. Transitions follow at ${format(QUOTA.transitions / one.transitions)}, Lambda's concurrency at
${format(QUOTA.concurrency / (one.invocations * INVOCATION_SECONDS))}. A refused start is 503 with \`Retry-After\`; nothing is lost.

## The hottest keys

A partition key of DynamoDB takes ${format(QUOTA.partitionWrites)} write units per second. Each container, ticket and order has a partition of its own. **The list of last contacts
is one key for all containers.** A contact that changes nothing writes ${CONTACT_UNITS} units there, at most once per container and day. The key reaches its limit at
${format(QUOTA.partitionWrites / CONTACT_UNITS)} such contacts per second. Ten million containers that contact the server once a day are ${format(10_000_000 / 86_400)} per second on average; if they all
do so within the same hour, ${format(10_000_000 / 3_600)} per second, which is too much for one key. This key is not sharded yet.

## Containers

| containers | ${CONTAINERS.map(format).join(' | ')} |
| --- | ${CONTAINERS.map(() => '---').join(' | ')} |
| USD per month with two activations per container and year | ${CONTAINERS.map((count) => format((count * 2 * perMillion) / 12 / 1e6)).join(' | ')} |

Contacts with nothing to do cost extra: [deploy.md](deploy.md#what-it-costs) has their price.

## Latency from the context to the update, modelled

${CALLS_IN_ROW.reads} reads and ${CALLS_IN_ROW.writes} writes in a row, ${TRANSITIONS_TO_UPDATE} transitions, ${one.signatures} signature and one start: about **${format(latency)} ms** with warm functions. The assumed medians are
${LATENCY.read} ms for a read, ${LATENCY.write} ms for a write, ${LATENCY.transition} ms for a transition with its function, ${LATENCY.signature} ms for a signature, ${LATENCY.start} ms for a start and ${LATENCY.http} ms for the HTTP API.
A cold start comes on top.
`;
}

function format(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}
