/** Races on one engine: concurrent requests, and the outcome that each round must have. */
import type { LicenseBody, ReprogrammingBody } from './answers.ts';
import type { Reply } from './client.ts';
import { type Customer, ok, present, type World } from './world.ts';

export const RIVALS = 50;
export const SEATS = 5;

/** The faults of a round; empty when it has the required outcome. */
export type Faults = readonly string[];

type Racing = Pick<World, 'order' | 'customer' | 'ticket'>;

export async function rivalsFor(world: Racing): Promise<readonly Customer[]> {
  return Promise.all(Array.from({ length: RIVALS }, () => world.customer()));
}

/**
 * 50 containers ask for the same 5 licenses at once, ten for each (T6): exactly 5 get one, each another one, and all
 * others get a conflict.
 */
export async function raceForSeats(world: Racing, product: string, rivals: readonly Customer[]): Promise<Faults> {
  const { licenses, ticket } = await world.order([{ product, quantity: SEATS }]);
  const wantedBy = (index: number) => present(licenses[index % SEATS]);
  const replies = await Promise.all(rivals.map((rival, index) => answered(rival, wantedBy(index))));
  const faults: string[] = [];
  const winners = new Map<string, string[]>();
  let losers = 0;
  for (const [index, reply] of replies.entries()) {
    const rival = present(rivals[index]);
    const { id } = wantedBy(index);
    if (reply.status === 409 && (reply.body as { code?: string }).code === 'manual-conflict') {
      losers += 1;
      // One loser asks again, and must find that nothing is outstanding for it.
      if (losers === 1 && (await rival.reprogram()).status !== 'unchanged')
        faults.push(`A loser has an update: ${reply.text}`);
      continue;
    }
    const answer = ok(reply, 200);
    if (!answer.executed.activate.includes(id)) faults.push(`A winner did not get ${id}`);
    await rival.apply(answer.updates);
    const receipt = await rival.receipt();
    if (receipt.status !== 200) faults.push(`A receipt was answered ${receipt.status}: ${receipt.text}`);
    winners.set(id, [...(winners.get(id) ?? []), rival.serial]);
  }
  if (losers !== rivals.length - SEATS) faults.push(`${losers} of ${rivals.length} got a conflict`);
  for (const license of await world.ticket(ticket)) {
    const won = winners.get(license.id) ?? [];
    if (won.length !== 1) faults.push(`${license.id} went to ${won.length} containers`);
    if (license.state !== 'confirmed-collected') faults.push(`${license.id} is ${license.state}`);
    if (license.container !== won[0]) faults.push(`${license.id} is shown in ${license.container}`);
    const holders = rivals.filter(({ container }) => container.content.licenses.some(({ id }) => id === license.id));
    if (holders.length !== 1) faults.push(`${license.id} is in ${holders.length} containers`);
  }
  return faults;
}

/** Repeats a request that is not answered within its wait, until it is. */
async function answered(rival: Customer, wanted: LicenseBody): Promise<Reply<ReprogrammingBody>> {
  for (;;) {
    const reply = await rival.ask({ activate: [wanted] });
    if (reply.status !== 202) return reply;
  }
}
