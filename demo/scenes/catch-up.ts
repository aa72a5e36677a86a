import type { Scene } from '../scene.ts';

export const catchUp: Scene = {
  title: 'Two updates are outstanding; the container applies both at once',
  why: 'The laptop is offline. The customer requests a first update and does not apply it, then requests a second one. The answer is the chain of both updates, starting at the container’s own counter.',

  async play(stage) {
    const { page, laptop } = stage;
    const before = await stage.moment();
    const first = await stage.reprogram(laptop, { activate: ['CAD 2'] });
    page.action('customer', 'activate CAD 2', `${first.updates.length} update, not applied yet`);
    const second = await stage.reprogram(laptop, { activate: ['Viewer 3'] });
    page.action('customer', 'activate Viewer 3', `${second.updates.length} updates, a chain`);
    const issued = await stage.moment();
    const { outstanding } = await stage.container(laptop);
    const applied = await laptop.apply(second.updates);
    await stage.sendReceipt(laptop);
    page.action('laptop', 'apply the chain, send one receipt', `${applied} updates applied`);
    const after = await stage.moment();
    stage.show([
      ['before', before],
      ['both issued', issued],
      ['one receipt', after],
    ]);
    await stage.showHeld(laptop);

    stage.checks();
    stage.equal('two reprogrammings were outstanding', outstanding, [first.id, second.id]);
    stage.equal('the chain begins with the first update, byte for byte', second.updates[0], first.updates[0]);
    stage.equal(
      'the container applied both in order',
      [applied, await stage.heldBy(laptop)],
      [2, ['CAD 2', 'Viewer 3']],
    );
    stage.moved('one receipt confirms both', before, after, {
      'CAD 2': 'confirmed-collected',
      'Viewer 3': 'confirmed-collected',
    });
    stage.equal('no update is outstanding', (await stage.container(laptop)).outstanding, []);
  },
};
