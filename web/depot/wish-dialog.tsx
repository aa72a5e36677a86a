import { Dialog } from '@base-ui/react/dialog';
import { useMutation, useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { SyncFault, SyncResult } from '../../container/browser.ts';
import { Notice } from '../shared/notice.tsx';
import { useTexts } from '../shared/text.ts';
import { ChangeList, ReasonList } from './changes.tsx';
import { autoUpdatesOf, carryOut, merged, useOwn, useRefresh, type Wishes } from './own-container.ts';
import { remember } from './taken-back.ts';

interface Props {
  readonly wishes: Wishes;
  readonly nameOf: (license: string) => string;
  /** `isDone`: the wishes were carried out. */
  readonly onClose: (isDone: boolean) => void;
}

/** Shows what the server would do, does it when the person agrees, and says what was done. */
export function WishDialog({ wishes, nameOf, onClose }: Props): ReactNode {
  const { text } = useTexts();
  const own = useOwn().data ?? null;
  const refresh = useRefresh();
  const pending = useQuery({
    queryKey: ['reasons'],
    queryFn: () => (own === null ? [] : autoUpdatesOf(own.container)),
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const preview = useQuery({
    queryKey: ['preview'],
    queryFn: () => carryOut(wishes, { preview: true }),
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
  });
  const actions = pending.data ?? [];
  const action = useMutation({
    mutationFn: () => carryOut(wishes, { preview: false }),
    onSettled: async (results = []) => {
      const withdrawn = merged(results.map(({ report }) => report)).executed.withdraw;
      remember(actions.filter(({ license }) => withdrawn.includes(license)));
      await refresh();
    },
  });
  const reasons = new Map(actions.flatMap(({ license, reason }) => (reason === undefined ? [] : [[license, reason]])));
  const isDone = action.data?.every(({ ok }) => ok) ?? false;
  const results = action.data ?? preview.data;
  return (
    <Dialog.Root open onOpenChange={(isOpen) => !isOpen && !action.isPending && onClose(isDone)}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className="dialog">
          <Dialog.Title>{text(action.data === undefined ? 'preview.heading' : headingOf(isDone))}</Dialog.Title>
          <div aria-live="polite">
            {preview.isPending && <p>{text('preview.loading')}</p>}
            {results !== undefined && <Results results={results} nameOf={nameOf} reasons={reasons} />}
            {isDone && <Notice kind="good">{text(doneOf(action.data ?? []))}</Notice>}
            {isDone && hasDropped(action.data ?? []) && <Notice kind="warn">{text('done.dropped')}</Notice>}
            {preview.error !== null && <Notice kind="bad">{preview.error.message}</Notice>}
            {action.error !== null && <Notice kind="bad">{action.error.message}</Notice>}
          </div>
          <div className="row end">
            {action.data === undefined ? (
              <>
                <Dialog.Close disabled={action.isPending}>{text('preview.cancel')}</Dialog.Close>
                <button
                  type="button"
                  className="main"
                  disabled={action.isPending || !(preview.data?.every(({ ok }) => ok) ?? false)}
                  onClick={() => action.mutate()}
                >
                  {text(action.isPending ? 'working' : 'preview.do')}
                </button>
              </>
            ) : (
              <Dialog.Close className="main">{text('preview.close')}</Dialog.Close>
            )}
          </div>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

const hasDropped = (results: readonly SyncResult[]) => results.some(({ report }) => report.dropped.length > 0);

const headingOf = (isDone: boolean) => (isDone ? 'done.heading' : 'failed.heading');

function doneOf(results: readonly SyncResult[]) {
  if (results.some(({ report }) => report.status === 'confirmed')) return 'done.confirmed';
  return results.some(({ report }) => report.status === 'renewed') ? 'done.renewed' : 'done.unchanged';
}

interface ResultsProps extends Pick<Props, 'nameOf'> {
  readonly results: readonly SyncResult[];
  readonly reasons: ReadonlyMap<string, string>;
}

function Results({ results, nameOf, reasons }: ResultsProps): ReactNode {
  const { text } = useTexts();
  const failed = results.find((result) => !result.ok);
  const before = results.filter(({ ok }) => ok).map(({ report }) => report);
  return (
    <>
      {failed !== undefined && <Fault fault={failed.fault} nameOf={nameOf} />}
      {failed !== undefined && before.length > 0 && <p>{text('failed.partly')}</p>}
      {(failed === undefined || before.length > 0) && (
        <ChangeList changes={merged(before)} nameOf={nameOf} reasons={reasons} />
      )}
    </>
  );
}

function Fault({ fault, nameOf }: { readonly fault: SyncFault } & Pick<Props, 'nameOf'>): ReactNode {
  const { text } = useTexts();
  if (fault.kind === 'unreachable') return <Notice kind="bad">{text('failed.unreachable')}</Notice>;
  if (fault.kind !== 'problem')
    return <Notice kind="bad">{fault.kind === 'update' ? `${fault.part}: ${fault.code}` : fault.detail}</Notice>;
  const { problem } = fault;
  return (
    <Notice kind="bad">
      {problem.conflicts === undefined ? (
        <p>{problem.detail ?? problem.title}</p>
      ) : (
        <ReasonList heading={text('failed.heading')} items={problem.conflicts} nameOf={nameOf} />
      )}
    </Notice>
  );
}
