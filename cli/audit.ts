import type { Answer, Client, Item } from '../client/index.ts';
import { applyOperations } from '../protocol/apply.ts';
import { digestOf, EMPTY_CONTENT, type Position } from '../protocol/content.ts';

/** Something that does not fit. */
export interface Finding {
  readonly kind: 'container' | 'license';
  /** Serial of the container, or id of the license. */
  readonly id: string;
  readonly fault: string;
}

type Container = Answer<'getContainer'>;

/** What a container holds once all its updates are applied, by its chain. */
interface Walked {
  readonly faults: readonly string[];
  readonly licenses: ReadonlySet<string>;
}

/**
 * Walks every container's chain of updates from its beginning and every license's history, and yields what does not fit. It reads only.
 * The signatures are the containers' business; what counts here is that the table agrees with itself.
 */
export async function* audit(client: Client): AsyncGenerator<Finding, void, undefined> {
  const holders = new Map<string, string>();
  for await (const { serial } of client.each('listContainers', { query: { limit: 1000 } })) {
    const container = await client.getContainer({ params: { serial } });
    // A retired container gives nothing out, and its licenses are settled.
    if (container.status === 'retired') continue;
    const { faults, licenses } = await walk(client, container);
    const found = [...faults, ...faultsOfContents(container, licenses)];
    for (const fault of found) yield { kind: 'container', id: serial, fault };
    for (const id of licenses) {
      const other = holders.get(id);
      if (other !== undefined) yield { kind: 'license', id, fault: `it is in the containers ${other} and ${serial}` };
      holders.set(id, serial);
    }
  }
  for await (const license of client.each('listLicenses', { query: { limit: 1000 } })) {
    for (const fault of await faultsOfLicense(client, license, holders.get(license.id))) {
      yield { kind: 'license', id: license.id, fault };
    }
  }
}

/** Applies all updates to the empty content: each must start where the one before ends, and lead to its signed digest. */
async function walk(client: Client, { serial, counter, digest, target }: Container): Promise<Walked> {
  let place: Position = { counter: 0, digest: await digestOf(EMPTY_CONTENT) };
  let content = EMPTY_CONTENT;
  const faults: string[] = [];
  const confirmed = () => {
    if (place.counter === counter && place.digest !== digest)
      faults.push(`its confirmed digest is not that of update ${counter}`);
  };
  confirmed();
  while (place.counter < target.counter && faults.length === 0) {
    const { updates } = await client.getUpdates({ params: { serial }, query: { from: place.counter } });
    if (updates.length === 0) faults.push(`update ${place.counter + 1} is missing`);
    for (const { jws, operations } of updates) {
      const payload = payloadOf(jws);
      if (payload?.sub !== serial) faults.push(`update ${place.counter + 1} is for another container`);
      if (payload === undefined || payload.from.counter !== place.counter || payload.from.digest !== place.digest) {
        faults.push(`update ${place.counter + 1} does not start where the one before ends`);
        break;
      }
      const applied = applyOperations(content, operations);
      if (!applied.ok) {
        faults.push(`the operations of update ${payload.to.counter} do not fit: ${applied.code}`);
        break;
      }
      content = { ...applied.content, counter: payload.to.counter };
      place = payload.to;
      if ((await digestOf(content)) !== place.digest)
        faults.push(`update ${place.counter} leads to another content than it says`);
      confirmed();
    }
  }
  if (faults.length === 0 && place.digest !== target.digest) faults.push('its target is not the end of its updates');
  return { faults, licenses: new Set(content.licenses.map(({ id }) => id)) };
}

interface Payload {
  readonly sub: string;
  readonly from: Position;
  readonly to: Position;
}

/** The payload of an update, unverified. */
function payloadOf(jws: string): Payload | undefined {
  const [, payload = ''] = jws.split('.');
  try {
    const bytes = Uint8Array.from(atob(payload.replaceAll('-', '+').replaceAll('_', '/')), (char) =>
      char.charCodeAt(0),
    );
    return JSON.parse(new TextDecoder().decode(bytes)) as Payload;
  } catch {
    // The finding names the update.
    return undefined;
  }
}

/** What the table lists for the container, beside what its updates put there. */
function faultsOfContents({ contents }: Container, licenses: ReadonlySet<string>): string[] {
  const listed = new Set(
    contents.filter(({ state }) => state === 'confirmed' || state === 'arriving').map(({ license }) => license),
  );
  return [
    ...[...licenses]
      .filter((id) => !listed.has(id))
      .map((id) => `it does not list the license ${id}, which its updates put there`),
    ...[...listed]
      .filter((id) => !licenses.has(id))
      .map((id) => `it lists the license ${id}, which its updates do not put there`),
  ];
}

const COLLECTED: ReadonlySet<string> = new Set(['collected-without-receipt', 'confirmed-collected']);

async function faultsOfLicense(
  client: Client,
  { id, state, container }: Item<'listLicenses'>,
  holder: string | undefined,
): Promise<string[]> {
  const faults: string[] = [];
  if (COLLECTED.has(state) && container !== holder) {
    faults.push(
      `it is ${state} in ${container ?? 'no container'}, but ${holder === undefined ? 'no container has it' : `${holder} has it`}`,
    );
  }
  if (!COLLECTED.has(state) && holder !== undefined) faults.push(`it is ${state}, but ${holder} has it`);
  const { items } = await client.getLicenseHistory({ params: { license: id }, query: { limit: 1 } });
  if (items.length === 0) faults.push('it has no history');
  return faults;
}
