import type { Item } from '../../client/index.ts';
import { formatTime } from '../format.ts';
import type { ListLayout } from '../output.ts';

type Event = Item<'getOrderHistory'>;

/** The events of a history, oldest first. */
export const HISTORY: ListLayout<Event> = {
  columns: [
    'At (UTC)',
    'Event',
    'License',
    { title: 'Container', narrowest: 9 },
    { title: 'By', narrowest: 8 },
    { title: 'Details', narrowest: 16 },
  ],
  row: (event) => [
    formatTime(event.at),
    event.type,
    event.license ?? '',
    event.container ?? '',
    event.by === undefined ? event.actor : `${event.actor} (${event.by.name ?? event.by.id})`,
    detailsOf(event),
  ],
  none: 'The history is empty.',
};

function detailsOf({ reason, counter, step, predecessor, successor }: Event): string {
  return [
    ...(reason === undefined ? [] : [reason]),
    ...(predecessor === undefined ? [] : [`replaces ${predecessor}`]),
    ...(successor === undefined ? [] : [`replaced by ${successor}`]),
    ...(step === undefined ? [] : [`step ${step}`]),
    ...(counter === undefined ? [] : [`counter ${counter}`]),
  ].join('; ');
}
