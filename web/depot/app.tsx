import { type ReactNode, useEffect, useState } from 'react';
import { useStored } from '../shared/stored.ts';
import { useTexts } from '../shared/text.ts';
import { FileCard } from './file-card.tsx';
import { OwnCard } from './own-card.tsx';
import { NO_WISHES, useOwn, type Wishes } from './own-container.ts';
import { type Selected, Ticket } from './ticket.tsx';
import { ticketCodesOf } from './ticket-codes.ts';
import { TicketForm } from './ticket-form.tsx';
import { WishDialog } from './wish-dialog.tsx';

const isCodes = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((code) => typeof code === 'string');

export function App(): ReactNode {
  const [codes, setCodes] = useStored<readonly string[]>('tickets', [], isCodes);
  const [selected, setSelected] = useState<ReadonlyMap<string, Selected>>(new Map());
  const [wishes, setWishes] = useState<Wishes>();
  const own = useOwn().data ?? null;
  const names = new Map([
    ...(own?.licenses ?? []).map(({ id, product }) => [id, product] as const),
    ...[...selected.values()].map(({ license }) => [license.id, license.product] as const),
  ]);

  const open = (more: readonly string[]) => setCodes([...new Set([...more, ...codes])]);
  // A link of a mail opens a ticket. The code leaves the address bar, so it is not in the history of the browser.
  useEffect(() => {
    const openLink = () => {
      const linked = ticketCodesOf(location.hash);
      if (linked.length === 0) return;
      open(linked);
      history.replaceState(null, '', location.pathname);
    };
    openLink();
    addEventListener('hashchange', openLink);
    return () => removeEventListener('hashchange', openLink);
  });

  const select = (changed: readonly Selected[], isSelected: boolean) => {
    const next = new Map(selected);
    for (const one of changed) {
      if (isSelected) next.set(one.license.id, one);
      else next.delete(one.license.id);
    }
    setSelected(next);
  };

  return (
    <>
      <TicketForm onCodes={open} />
      {codes.map((code) => (
        <Ticket
          key={code}
          code={code}
          own={own?.container.serial}
          selected={selected}
          onSelect={select}
          onClose={() => setCodes(codes.filter((other) => other !== code))}
        />
      ))}
      {codes.length > 0 && <Actions selected={[...selected.values()]} onWish={setWishes} />}
      <OwnCard onUpdate={() => setWishes(NO_WISHES)} />
      <FileCard />
      {wishes !== undefined && (
        <WishDialog
          wishes={wishes}
          nameOf={(license) => (names.has(license) ? `${names.get(license)} (${license})` : license)}
          onClose={(isDone) => {
            setWishes(undefined);
            if (isDone) setSelected(new Map());
          }}
        />
      )}
    </>
  );
}

interface ActionsProps {
  readonly selected: readonly Selected[];
  readonly onWish: (wishes: Wishes) => void;
}

function Actions({ selected, onWish }: ActionsProps): ReactNode {
  const { text, counted } = useTexts();
  const toActivate = selected.filter(({ possible }) => possible === 'activate');
  const toReturn = selected.filter(({ possible }) => possible === 'return').map(({ license }) => license.id);
  return (
    <div className="card row">
      <span>{selected.length === 0 ? text('act.none') : counted('act.selected', selected.length)}</span>
      <button
        type="button"
        className="main"
        disabled={toActivate.length === 0}
        onClick={() => onWish({ activate: byTicket(toActivate), deactivate: [] })}
      >
        {text('act.activate')}
      </button>
      <button
        type="button"
        disabled={toReturn.length === 0}
        onClick={() => onWish({ activate: new Map(), deactivate: toReturn })}
      >
        {text('act.return')}
      </button>
    </div>
  );
}

function byTicket(selected: readonly Selected[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { ticket, license } of selected) found.set(ticket, [...(found.get(ticket) ?? []), license.id]);
  return found;
}
