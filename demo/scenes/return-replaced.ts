import { replacement } from '../answers.ts';
import type { Scene } from '../scene.ts';

const NEW = 'Materials (new)';

export const returnReplaced: Scene = {
  title: 'The customer returns a license whose replacement is pending',
  why: 'The customer no longer wants Materials on this machine, so the update does not install the new license there. The new license becomes available on the ticket when the receipt arrives.',
  quote:
    'The only difference concerns the return of the old license in this process: The new license is not activated directly, but rather made available again for activation on the ticket after the reprogramming.',

  async play(stage) {
    const { api, page, desk } = stage;
    const before = await stage.moment();
    const path = `/licenses/${stage.id('Materials')}/replacement`;
    const body = { terms: { expiresAt: '2039-12-31T23:59:59Z' }, reason: 'two more years' };
    const ordered = stage.read(await api.vendor('POST', path, body), 202, replacement);
    stage.name(NEW, ordered.license.id);
    page.action('vendor', 'replace Materials: two more years', `202 ${ordered.status}`);
    const answer = await stage.reprogram(desk, { deactivate: ['Materials'] });
    page.action(
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
      'the return is not a conflict, and the update replaces no license',
      [answer.dropped, answer.executed.replace],
      [[], []],
    );
    stage.moved('before the receipt, neither license is available', before, issued, {
      Materials: 'returned-without-receipt+replace',
      [NEW]: 'not-on-offer',
    });
    stage.check('the ticket does not show the new license yet', !shownEarly.includes(NEW), shownEarly);
    stage.moved('the receipt makes the new license available', issued, after, {
      Materials: 'replaced',
      [NEW]: 'available',
    });
    const shown = await stage.onTicket();
    stage.check(
      'the ticket shows the new license, and not the old one',
      shown.includes(NEW) && !shown.includes('Materials'),
      shown,
    );
  },
};
