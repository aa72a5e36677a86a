import type { Scene } from '../scene.ts';

const CHOSEN = ['CAD 1', 'Simulation', 'Render', 'Export', 'Materials'];

export const activate: Scene = {
  title: 'The customer activates five licenses on the desk machine',
  why: 'The container signs a context, a report of what it holds. It gets one signed update and applies it. Its next context is the receipt: only then are the licenses confirmed collected.',
  quote: 'For CodeMeter License Central, a license can go through several specific states …',

  async play(stage) {
    const { page, desk } = stage;
    const before = await stage.moment();
    const answer = await stage.reprogram(desk, { activate: CHOSEN });
    page.action('customer', `activate ${CHOSEN.join(', ')}`, `${answer.updates.length} update, ${answer.status}`);
    const issued = await stage.moment();
    await desk.apply(answer.updates);
    await stage.sendReceipt(desk);
    page.action('desk', 'apply the update, send the receipt', 'confirmed');
    const after = await stage.moment();
    stage.show([
      ['before', before],
      ['update issued', issued],
      ['receipt', after],
    ]);
    await stage.showHeld(desk);

    stage.checks();
    stage.equal(
      'one update carries all five licenses',
      answer.executed.activate.map((id) => stage.label(id)),
      CHOSEN,
    );
    stage.moved(
      'until the receipt comes, they are collected without receipt',
      before,
      issued,
      all('collected-without-receipt'),
    );
    stage.moved('the receipt confirms all five', issued, after, all('confirmed-collected'));
    const { counter, digest } = await stage.container(desk);
    stage.equal(
      'vendor and container agree on counter and digest',
      { counter, digest },
      {
        counter: 1,
        digest: await desk.digest(),
      },
    );
  },
};

const all = (state: string): Record<string, string> => Object.fromEntries(CHOSEN.map((label) => [label, state]));
