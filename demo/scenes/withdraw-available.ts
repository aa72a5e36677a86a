import { withdrawal } from '../answers.ts';
import type { Scene } from '../scene.ts';

export const withdrawAvailable: Scene = {
  title: 'Withdraw a license that nobody has activated',
  why: 'The network license was a mistake. It is in no container yet, so the withdrawal takes effect at once.',
  quote:
    'If the license is there in CodeMeter License Central … it will immediately be removed from the ticket and will no longer show up in license queries.',

  async play(stage) {
    const { api, page } = stage;
    const before = await stage.moment();
    const shownBefore = await stage.onTicket();
    const reply = await api.vendor('POST', `/licenses/${stage.id('Network')}/withdrawal`, {
      reason: 'picked by mistake',
    });
    const { status } = stage.read(reply, 200, withdrawal);
    page.action('vendor', 'withdraw Network', `200 ${status}`);
    const after = await stage.moment();
    stage.show([
      ['before', before],
      ['after', after],
    ]);

    stage.checks();
    stage.moved('Network is withdrawn at once, and no other license changes', before, after, { Network: 'withdrawn' });
    stage.equal(
      'the ticket no longer shows it',
      await stage.onTicket(),
      shownBefore.filter((label) => label !== 'Network'),
    );
  },
};
