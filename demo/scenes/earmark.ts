import { autoUpdates, withdrawal } from '../answers.ts';
import type { Scene } from '../scene.ts';

export const earmark: Scene = {
  title: 'Withdraw a license that is already on the customer’s machine',
  why: 'Sales promised Render by mistake. The license is in a container that the vendor cannot reach, so Relicense earmarks it. The customer continues to work as before.',
  quote: 'Upon passing this check, the license is earmarked for withdrawal and listed with the auto-updates.',

  async play(stage) {
    const { api, page, desk } = stage;
    const before = await stage.moment();
    const heldBefore = await stage.heldBy(desk);
    const reply = await api.vendor('POST', `/licenses/${stage.id('Render')}/withdrawal`, {
      reason: 'promised by mistake',
    });
    const { status } = stage.read(reply, 202, withdrawal);
    page.action('vendor', 'withdraw Render', `202 ${status}`);
    const after = await stage.moment();
    stage.show([
      ['before', before],
      ['after', after],
    ]);
    await stage.showHeld(desk);

    stage.checks();
    stage.moved('Render is earmarked, and still confirmed collected', before, after, {
      Render: 'confirmed-collected+withdraw',
    });
    const listed = stage.read(await api.vendor('GET', `/containers/${desk.serial}/auto-updates`), 200, autoUpdates);
    stage.equal(
      'the auto-updates of the container list it',
      listed.items.map(({ action, license }) => [action, stage.label(license)]),
      [['withdraw', 'Render']],
    );
    stage.equal('the container still holds the same licenses', await stage.heldBy(desk), heldBefore);
  },
};
