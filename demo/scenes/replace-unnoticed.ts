import { replacement } from '../answers.ts';
import type { Scene } from '../scene.ts';

const NEW = 'Export (new)';

export const replaceUnnoticed: Scene = {
  title: 'A replacement that the customer does not notice',
  why: 'A typo: Export was sold for 1 seat instead of 10. The vendor replaces the license. The next update of the container carries the replacement out.',
  quote:
    'As with license withdrawals, the user has no way of preventing the license replacement. He might not even notice it, if he only activated another license.',

  async play(stage) {
    const { api, page, desk } = stage;
    const before = await stage.moment();
    const path = `/licenses/${stage.id('Export')}/replacement`;
    const terms = { quantity: 10, features: ['step', 'iges'] };
    const ordered = stage.read(
      await api.vendor('POST', path, { terms, reason: 'typo in the terms' }),
      202,
      replacement,
    );
    stage.name(NEW, ordered.license.id);
    page.action('vendor', 'replace Export: 10 seats, not 1', `202 ${ordered.status}`);
    const earmarked = await stage.moment();
    const shown = await stage.onTicket();
    const answer = await stage.sync(desk, { activate: ['Viewer 2'] });
    const replaced = answer.executed.replace.map((one) => `${stage.label(one.old)} by ${stage.label(one.new)}`);
    page.action(
      'customer',
      'sync: activate Viewer 2',
      `${answer.applied.length} update: replaces ${replaced.join(', ')}, activates ${stage.listed(answer.executed.activate)}`,
    );
    const after = await stage.moment();
    stage.show([
      ['before', before],
      ['ordered', earmarked],
      ['receipt', after],
    ]);
    await stage.showHeld(desk);

    stage.checks();
    stage.moved('the old license is earmarked, the new one is not yet on offer', before, earmarked, {
      Export: 'confirmed-collected+replace',
      [NEW]: 'not-on-offer',
    });
    stage.check('the ticket does not show the new license', !shown.includes(NEW), shown);
    stage.moved('one update replaces Export and activates the viewer', earmarked, after, {
      Export: 'replaced',
      [NEW]: 'confirmed-collected',
      'Viewer 2': 'confirmed-collected',
    });
    const inside = (await desk.content()).licenses.find(({ id }) => id === stage.id(NEW));
    stage.equal('the container now holds 10 seats', inside?.terms.quantity, 10);
    const [old, fresh] = [await stage.license('Export'), await stage.license(NEW)];
    stage.equal(
      'old and new license name each other',
      [old.successor, fresh.predecessor],
      [stage.id(NEW), stage.id('Export')],
    );
  },
};
