import { Dialog } from '@base-ui/react/dialog';
import { Field } from '@base-ui/react/field';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useState } from 'react';
import { type Client, ProblemError } from '../../client/index.ts';
import { short } from '../shared/api.ts';
import { Notice } from '../shared/notice.tsx';
import { type TextKey, useTexts } from '../shared/text.ts';
import { useVendor } from './session.ts';

/** What an action answers: `container` if it waits for the next update of one. */
export interface Ordered {
  readonly container?: string;
}

interface Props {
  readonly title: string;
  /** What the action will do. */
  readonly children: ReactNode;
  readonly confirm: TextKey;
  /** Whether the action takes a reason. Default: it does. */
  readonly hasReason?: boolean;
  readonly order: (vendor: Client, reason: string) => Promise<Ordered>;
  readonly onClose: () => void;
}

/** Asks a person for the reason of an action, orders it, and says what came of it. */
export function ActionDialog({ title, children, confirm, hasReason = true, order, onClose }: Props): ReactNode {
  const { text } = useTexts();
  const vendor = useVendor();
  const queries = useQueryClient();
  const [reason, setReason] = useState('');
  const action = useMutation({
    mutationFn: () => order(vendor, reason.trim()),
    onSettled: () => queries.invalidateQueries({ queryKey: ['vendor'] }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    action.mutate();
  };
  return (
    <Dialog.Root open onOpenChange={(isOpen) => !isOpen && !action.isPending && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className="dialog">
          <Dialog.Title>{title}</Dialog.Title>
          {action.data !== undefined ? (
            <>
              <Notice kind="good">
                {action.data.container === undefined
                  ? text('do.done')
                  : text('do.pending', { container: short(action.data.container) })}
              </Notice>
              <div className="row end">
                <Dialog.Close className="main">{text('preview.close')}</Dialog.Close>
              </div>
            </>
          ) : (
            <form onSubmit={submit}>
              <p>{children}</p>
              {hasReason && (
                <Field.Root className="field">
                  <Field.Label>{text('do.reason')}</Field.Label>
                  <Field.Control value={reason} onChange={(event) => setReason(event.target.value)} />
                  <Field.Description className="quiet">{text('do.reason.help')}</Field.Description>
                </Field.Root>
              )}
              {action.error !== null && <Refusal error={action.error} />}
              <div className="row end">
                <Dialog.Close>{text('preview.cancel')}</Dialog.Close>
                <button type="submit" className="main" disabled={action.isPending}>
                  {text(action.isPending ? 'working' : confirm)}
                </button>
              </div>
            </form>
          )}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Refusal({ error }: { readonly error: Error }): ReactNode {
  const { text } = useTexts();
  const dependents = error instanceof ProblemError ? error.members.dependents : undefined;
  return (
    <Notice kind="bad">
      <p>{error.message}</p>
      {Array.isArray(dependents) && <p>{text('do.dependents', { licenses: dependents.map(nameOf).join(', ') })}</p>}
    </Notice>
  );
}

const nameOf = (dependent: unknown): string =>
  typeof dependent === 'object' && dependent !== null && 'license' in dependent
    ? String(dependent.license)
    : String(dependent);
