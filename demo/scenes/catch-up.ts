import type { Scene } from '../scene.ts';

export const catchUp: Scene = {
  title: 'Two updates outstanding at once, caught up in one go',
  why: 'The laptop is on the road. Its first update is fetched and never imported; then a second one is asked for. The answer is the whole chain from where the container stands.',

  async play(stage) {
    const { page, laptop } = stage;
    const before = await stage.moment();
    const first = await stage.reprogram(laptop, { activate: ['CAD 2'] });
    page.deed('customer', 'activate CAD 2', `${first.updates.length} update, left lying in a mail`);
    const second = await stage.reprogram(laptop, { activate: ['Viewer 3'] });
    page.deed('customer', 'activate Viewer 3', `${second.updates.length} updates, a chain`);
    const issued = await stage.moment();
    const { outstanding } = await stage.container(laptop);
    const applied = await laptop.apply(second.updates);
    await stage.sendReceipt(laptop);
    page.deed('laptop', 'apply the chain, send one receipt', `${applied} updates applied`);
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
    stage.equal('both were applied in their order', [applied, await stage.heldBy(laptop)], [2, ['CAD 2', 'Viewer 3']]);
    stage.moved('one receipt confirms both', before, after, {
      'CAD 2': 'confirmed-collected',
      'Viewer 3': 'confirmed-collected',
    });
    stage.equal('nothing is outstanding any more', (await stage.container(laptop)).outstanding, []);
  },
};
