import { replacement } from '../answers.ts';
import type { Scene } from '../scene.ts';

const NEW = 'Materials (new)';

export const returnReplaced: Scene = {
  title: 'The customer returns the very license that is to be replaced',
  why: 'He does not want Materials on this machine any more. So the new one is not forced on it: it goes on offer on the ticket, when the receipt has come.',
  quote:
    'The only difference concerns the return of the old license in this process: The new license is not activated directly, but rather made available again for activation on the ticket after the reprogramming.',

  async play(stage) {
    const { api, page, desk } = stage;
    const before = await stage.moment();
    const path = `/licenses/${stage.id('Materials')}/replacement`;
    const body = { terms: { expiresAt: '2039-12-31T23:59:59Z' }, reason: 'two more years' };
    const ordered = stage.read(await api.vendor('POST', path, body), 202, replacement);
    stage.name(NEW, ordered.license.id);
    page.deed('vendor', 'replace Materials: two more years', `202 ${ordered.status}`);
    const answer = await stage.reprogram(desk, { deactivate: ['Materials'] });
    page.deed(
      'customer',
      'deactivate Materials',
      `${answer.updates.length} update: deactivates ${stage.listed(answer.executed.deactivate)}`,
    );
    const issued = await stage.moment();
    const shownEarly = await stage.onTicket();
    await desk.apply(answer.updates);
    await stage.sendReceipt(desk);
    const after = await stage.moment();
    stage.show([
      ['before', before],
      ['update issued', issued],
      ['receipt', after],
    ]);
    await stage.showHeld(desk);

    stage.checks();
    stage.equal(
      'his own return is no conflict, and nothing is replaced in the container',
      [answer.dropped, answer.executed.replace],
      [[], []],
    );
    stage.moved('without a receipt neither is on offer', before, issued, {
      Materials: 'returned-without-receipt+replace',
      [NEW]: 'not-on-offer',
    });
    stage.check('the ticket keeps the new one back', !shownEarly.includes(NEW), shownEarly);
    stage.moved('the receipt puts the new one on offer', issued, after, { Materials: 'replaced', [NEW]: 'available' });
    const shown = await stage.onTicket();
    stage.check(
      'the ticket offers the new one, and the old one is gone',
      shown.includes(NEW) && !shown.includes('Materials'),
      shown,
    );
  },
};
