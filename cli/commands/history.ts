import type { Item } from '../../client/index.ts';
import { formatTerms, formatTime } from '../format.ts';
import type { ListLayout } from '../output.ts';
import { CONTAINER_COLUMN, formatContainerCell } from '../short-serial.ts';

type Event = Item<'getOrderHistory'>;

/** The events of a history. */
export const HISTORY: ListLayout<Event> = {
  columns: [
    'At (UTC)',
    'Event',
    'License',
    CONTAINER_COLUMN,
    'Related',
    { title: 'By', narrowest: 8 },
    { title: 'Details', narrowest: 16 },
  ],
  row: (event) => [
    formatTime(event.at),
    event.type,
    event.license ?? '',
    formatContainerCell(event.container, event.containerName),
    relatedTo(event),
    event.by === undefined ? event.actor : `${event.actor} (${event.by.name ?? event.by.id})`,
    detailsOf(event),
  ],
  none: 'The history is empty.',
};

/** The other license of a replacement. It has its own column, because ids are never shortened. */
function relatedTo({ predecessor, successor }: Event): string {
  return [
    ...(predecessor === undefined ? [] : [`replaces ${predecessor}`]),
    ...(successor === undefined ? [] : [`replaced by ${successor}`]),
  ].join('; ');
}

function detailsOf({ type, name, note, renewed, reason, divergence, effectiveBy, counter, step }: Event): string {
  if (type === 'container.named')
    return [name === undefined ? 'no name' : `“${name}”`, ...(note === undefined ? [] : [note])].join(': ');
  return [
    ...(renewed === undefined ? [] : [formatTerms(renewed)]),
    ...(reason === undefined ? [] : [reason]),
    ...(divergence === undefined ? [] : [divergence]),
    ...(effectiveBy === undefined ? [] : [`effective by ${formatTime(effectiveBy)}`]),
    ...(step === undefined ? [] : [`step ${step}`]),
    ...(counter === undefined ? [] : [`counter ${counter}`]),
  ].join('; ');
}
