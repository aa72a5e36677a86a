import type { Item } from '../../client/index.ts';
import type { ListLayout } from '../output.ts';
import { formatTime } from '../words.ts';

type Event = Item<'getOrderHistory'>;

/** Events of a history, oldest first. */
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
  none: 'Nothing has happened yet.',
};

function detailsOf({ reason, counter, step, predecessor, successor }: Event): string {
  return [
    ...(reason === undefined ? [] : [reason]),
    ...(predecessor === undefined ? [] : [`in place of ${predecessor}`]),
    ...(successor === undefined ? [] : [`followed by ${successor}`]),
    ...(step === undefined ? [] : [`step ${step}`]),
    ...(counter === undefined ? [] : [`counter ${counter}`]),
  ].join('; ');
}
