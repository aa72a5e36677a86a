import { useQueries } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { ProblemError } from '../../client/index.ts';
import { depot, short } from '../shared/api.ts';
import { Tick } from '../shared/checkbox.tsx';
import { Notice } from '../shared/notice.tsx';
import { type Texts, useTexts } from '../shared/text.ts';
import { ActionList, type VendorActions } from './action-list.tsx';
import { ChangeList } from './changes.tsx';
import { type DroppedFile, FileDrop } from './file-drop.tsx';
import { useRefresh } from './own-container.ts';
import { type Brought, readBrought, wishesOf } from './request-file.ts';
import { type Unfinished, useUnfinished } from './unfinished.ts';

const WAIT_SECONDS = 10;

interface Message {
  readonly kind: 'good' | 'bad';
  readonly text: string;
}

/** Containers on other machines, in three steps: the request comes, the update goes, the receipt comes. */
export function FileCard(): ReactNode {
  const texts = useTexts();
  const { text } = texts;
  const [brought, setBrought] = useState<readonly Brought[]>([]);
  const [unfinished, setUnfinished] = useUnfinished();
  const [messages, setMessages] = useState<readonly Message[]>([]);
  const refresh = useRefresh();

  const take = async (files: readonly DroppedFile[]) => {
    const notes: Message[] = [];
    const requests: Brought[] = [];
    let open = unfinished;
    for (const { name, text: content } of files) {
      const one = readBrought(content);
      if (one === undefined) {
        notes.push({ kind: 'bad', text: text('file.unreadable', { file: name }) });
        continue;
      }
      if (wishesOf(one) === 0 && open.some(({ serial }) => serial === one.serial)) {
        const received = await sendReceipt(one, texts);
        notes.push(received);
        if (received.kind === 'good') open = open.filter(({ serial }) => serial !== one.serial);
        continue;
      }
      requests.push(one);
    }
    setUnfinished(open);
    setMessages(notes);
    setBrought([...brought.filter(({ serial }) => !requests.some((one) => one.serial === serial)), ...requests]);
    await refresh();
  };

  const update = async (chosen: readonly Brought[]) => {
    const notes: Message[] = [];
    let open = unfinished;
    for (const one of chosen) {
      const { serial } = one;
      try {
        const answer = await depot.createReprogramming({ body: requestOf(one) }, { waitSeconds: WAIT_SECONDS });
        if (answer.updates.length === 0 && answer.lease === undefined) {
          notes.push({ kind: 'good', text: text('file.unchanged', { container: short(serial) }) });
          continue;
        }
        const taken: Unfinished = { serial, at: new Date().toISOString(), answer };
        open = [...open.filter((other) => other.serial !== serial), taken];
        download(taken);
      } catch (error) {
        notes.push({
          kind: 'bad',
          text: text('file.refused', { container: short(serial), detail: detailOf(error, texts) }),
        });
      }
    }
    setUnfinished(open);
    setMessages(notes);
    setBrought(brought.filter((one) => !chosen.includes(one)));
    await refresh();
  };

  const step = unfinished.length > 0 ? 2 : brought.length > 0 ? 1 : 0;
  return (
    <section className="card" aria-labelledby="by-file">
      <h2 id="by-file">{text('file.heading')}</h2>
      <p>{text('file.about')}</p>
      <ol className="steps">
        <Step index={0} at={step} title={text('file.step.request')}>
          {text('file.step.request.help', { command: 'relicense-container context -o request.json' })}
        </Step>
        <Step index={1} at={step} title={text('file.step.update')}>
          {text('file.step.update.help', { command: 'relicense-container apply update.json' })}
        </Step>
        <Step index={2} at={step} title={text('file.step.receipt')}>
          {text('file.step.receipt.help', { command: 'relicense-container context -o receipt.txt' })}
        </Step>
      </ol>
      <FileDrop onFiles={(files) => void take(files)} />
      <div aria-live="polite">
        {messages.map((message) => (
          <Notice key={message.text} kind={message.kind}>
            {message.text}
          </Notice>
        ))}
      </div>
      <BroughtList brought={brought} onUpdate={(chosen) => void update(chosen)} />
      {unfinished.map((one) => (
        <div key={one.serial} className="notice warn">
          <p>{text('file.unfinished', { container: short(one.serial), time: texts.time(one.at) })}</p>
          <div className="row">
            <button type="button" onClick={() => download(one)}>
              {text('file.download', { container: short(one.serial) })}
            </button>
            <button
              type="button"
              onClick={() => setUnfinished(unfinished.filter(({ serial }) => serial !== one.serial))}
            >
              {text('file.forget', { container: short(one.serial) })}
            </button>
          </div>
        </div>
      ))}
    </section>
  );
}

interface StepProps {
  readonly index: number;
  readonly at: number;
  readonly title: string;
  readonly children: ReactNode;
}

function Step({ index, at, title, children }: StepProps): ReactNode {
  const state = index < at ? 'done' : index === at ? 'now' : 'later';
  return (
    <li className={state} {...(state === 'now' ? { 'aria-current': 'step' as const } : {})}>
      <h3>{title}</h3>
      <p className="quiet">{children}</p>
    </li>
  );
}

interface BroughtListProps {
  readonly brought: readonly Brought[];
  readonly onUpdate: (chosen: readonly Brought[]) => void;
}

/** The containers that were brought, each with the vendor's changes that wait for it. */
function BroughtList({ brought, onUpdate }: BroughtListProps): ReactNode {
  const texts = useTexts();
  const { text, counted } = texts;
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const waiting = useQueries({
    queries: brought.map((one) => ({
      queryKey: ['brought', one.context],
      queryFn: () => askAbout(one),
      staleTime: Number.POSITIVE_INFINITY,
    })),
  });
  if (brought.length === 0) return null;
  const chosen = brought.filter(({ serial }) => !left.has(serial));
  return (
    <>
      {brought.map((one, index) => {
        const { data, error } = waiting[index] ?? {};
        const wishes = wishesOf(one);
        return (
          <div key={one.serial} className="notice">
            <div className="row">
              <Tick
                label={text('file.select', { container: short(one.serial) })}
                checked={!left.has(one.serial)}
                onChange={(isChosen) => {
                  const next = new Set(left);
                  if (isChosen) next.delete(one.serial);
                  else next.add(one.serial);
                  setLeft(next);
                }}
              />
              <strong>{text('file.container', { container: short(one.serial) })}</strong>
            </div>
            {error != null && <p className="bad">{detailOf(error, texts)}</p>}
            {wishes > 0 && <p>{counted('file.wishes', wishes)}</p>}
            {data?.preview !== undefined && (
              <ChangeList changes={data.preview} nameOf={(license) => license} reasons={NO_REASONS} />
            )}
            {data?.waiting !== undefined && <WaitingList waiting={data.waiting} />}
          </div>
        );
      })}
      <button type="button" className="main" disabled={chosen.length === 0} onClick={() => onUpdate(chosen)}>
        {text('file.update')}
      </button>
    </>
  );
}

const NO_REASONS: ReadonlyMap<string, string> = new Map();

type Preview = Parameters<typeof ChangeList>[0]['changes'];

/** What the update of a container would do. A context that is signed for wishes can be asked with these wishes only. */
async function askAbout(one: Brought): Promise<{ readonly waiting?: VendorActions; readonly preview?: Preview }> {
  if (wishesOf(one) === 0) return { waiting: (await depot.findAutoUpdates({ body: { context: one.context } })).items };
  const { executed, dropped } = await depot.createReprogramming({ body: { ...requestOf(one), preview: true } });
  return { preview: { executed, dropped, leftOut: [] } };
}

function requestOf({ context, activate = [], deactivate = [] }: Brought) {
  return { context, activate: [...activate], deactivate: [...deactivate] };
}

function WaitingList({ waiting }: { readonly waiting: VendorActions }): ReactNode {
  const { text, counted } = useTexts();
  return (
    <>
      <p>{waiting.length === 0 ? text('file.waits.none') : counted('file.waits', waiting.length)}</p>
      <ActionList actions={waiting} />
    </>
  );
}

async function sendReceipt({ serial, context }: Brought, texts: Texts): Promise<Message> {
  try {
    await depot.createReceipt({ body: { context } });
    return { kind: 'good', text: texts.text('file.received', { container: short(serial) }) };
  } catch (error) {
    const values = { container: short(serial), detail: detailOf(error, texts) };
    return { kind: 'bad', text: texts.text('file.refused', values) };
  }
}

function detailOf(error: unknown, { text, named }: Texts): string {
  if (!(error instanceof ProblemError)) return text('failed.unreachable');
  const { conflicts } = error.members;
  if (!Array.isArray(conflicts)) return error.detail;
  return conflicts.map(({ license, reason }) => `${license}: ${named('why', String(reason))}`).join('; ');
}

/** Saves the update file on this machine, from where the person takes it to the container. */
function download({ serial, answer }: Unfinished): void {
  const url = URL.createObjectURL(new Blob([JSON.stringify(answer, null, 2)], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = `update-${short(serial)}.json`;
  link.click();
  URL.revokeObjectURL(url);
}
