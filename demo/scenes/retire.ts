import { container, problem } from '../answers.ts';
import type { Scene } from '../scene.ts';

export const retire: Scene = {
  title: 'The vendor retires the laptop',
  why: 'Support has talked to the customer: the disk is dead and the old copy cannot be used. The vendor retires the container: it is blocked forever, and its licenses return to the ticket.',

  async play(stage) {
    const { api, page, laptop } = stage;
    const before = await stage.moment();
    const body = { licenses: 'restore', reason: 'disk failure, ticket 5512' };
    const reply = await api.vendor('POST', `/containers/${laptop.serial}/retirement`, body);
    const retired = stage.read(reply, 200, container);
    page.action('vendor', 'retire the laptop, restore its licenses', `200 ${retired.status}`);
    const after = await stage.moment();
    const asked = await api.depot('POST', '/depot/reprogrammings', { context: await laptop.context() });
    page.action(
      'laptop',
      'ask for an update',
      `${asked.status} ${page.style.yellow(stage.read(asked, 403, problem).code)}`,
    );
    stage.show([
      ['before', before],
      ['retired', after],
    ]);

    stage.checks();
    stage.moved('CAD 2 is available again', before, after, { 'CAD 2': 'available' });
    stage.equal('the container is retired and holds nothing', [retired.status, retired.licenses], ['retired', []]);
    stage.equal('the server refuses its contexts', stage.read(asked, 403, problem).code, 'container-retired');
  },
};
