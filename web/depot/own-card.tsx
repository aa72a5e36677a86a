import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { short } from '../shared/api.ts';
import { Notice } from '../shared/notice.tsx';
import { useTexts } from '../shared/text.ts';
import { ActionList } from './action-list.tsx';
import { autoUpdatesOf, type Own, useOwn } from './own-container.ts';
import { useTakenBack } from './taken-back.ts';

/** How often the page asks whether changes of the vendor wait. Each question is a signed context. */
const ASK_MILLISECONDS = 2_000;

/** The container in this browser: what it holds, and what the vendor will change. */
export function OwnCard({ onUpdate }: { readonly onUpdate: () => void }): ReactNode {
  const { text } = useTexts();
  const { data: own, error } = useOwn();
  return (
    <section className="card" aria-labelledby="own">
      <h2 id="own">{text('here.heading')}</h2>
      {error !== null && <Notice kind="bad">{text('here.damaged', { detail: error.message })}</Notice>}
      {own === null && <p>{text('here.none')}</p>}
      {own !== undefined && own !== null && <Content own={own} onUpdate={onUpdate} />}
    </section>
  );
}

function Content({ own, onUpdate }: { readonly own: Own; readonly onUpdate: () => void }): ReactNode {
  const { text, named, counted, time } = useTexts();
  const takenBack = useTakenBack().filter(({ license }) => !own.licenses.some(({ id }) => id === license));
  const { data: waiting = [] } = useQuery({
    queryKey: ['auto-updates', own.container.serial],
    queryFn: () => autoUpdatesOf(own.container),
    refetchInterval: ASK_MILLISECONDS,
  });
  return (
    <>
      <p className="quiet">
        {text('here.serial', { container: short(own.container.serial) })}. {text('here.about')}
      </p>
      {waiting.length > 0 && (
        <Notice kind="warn">
          <p>{counted('here.pending', waiting.length)}</p>
          <ActionList actions={waiting} />
        </Notice>
      )}
      {own.licenses.length === 0 && takenBack.length === 0 ? (
        <p>{text('here.empty')}</p>
      ) : (
        <table>
          <caption>{text('here.content')}</caption>
          <tbody>
            {own.licenses.map(({ id, product, check }) => (
              <tr key={id}>
                <th scope="row">{product}</th>
                <td className={check.ok ? 'good' : 'bad'}>
                  {check.ok ? text('here.ok') : named('reason', check.reason)}
                </td>
                <td className="code quiet">{id}</td>
              </tr>
            ))}
            {takenBack.map(({ license, product, reason, at }) => (
              <tr key={license} className="gone">
                <td>{product ?? license}</td>
                <td>
                  {text('here.gone', { time: time(at) })}
                  {reason !== undefined && <>. {text('state.because', { reason })}</>}
                </td>
                <td className="code">{license}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <div className="row end">
        <button type="button" onClick={onUpdate}>
          {text('here.update')}
        </button>
      </div>
    </>
  );
}
