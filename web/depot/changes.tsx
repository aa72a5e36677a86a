import type { ReactNode } from 'react';
import type { SyncReport } from '../../container/browser.ts';
import { useTexts } from '../shared/text.ts';

type Changes = Pick<SyncReport, 'executed' | 'dropped' | 'leftOut'>;

interface Props {
  readonly changes: Changes;
  /** The name of a license for people. */
  readonly nameOf: (license: string) => string;
  /** The vendor's reasons, by license. */
  readonly reasons: ReadonlyMap<string, string>;
}

/** What a request does, in the order of the sequence: the vendor's changes, too, and what is dropped and why. */
export function ChangeList({ changes: { executed, dropped, leftOut }, nameOf, reasons }: Props): ReactNode {
  const { text } = useTexts();
  const replaced = executed.replace.map(({ old, new: next }) => [old, old === next ? 'renew' : 'replace'] as const);
  const steps = [
    ...executed.withdraw.map((license) => [license, 'withdraw'] as const),
    ...executed.deactivate.map((license) => [license, 'deactivate'] as const),
    ...executed.assign.map((license) => [license, 'assign'] as const),
    ...replaced,
    ...executed.activate.map((license) => [license, 'activate'] as const),
  ];
  const isVendors = (action: string): boolean => action !== 'activate' && action !== 'deactivate';
  return (
    <>
      {steps.length === 0 && <p>{text('preview.nothing')}</p>}
      <ul>
        {steps.map(([license, action]) => (
          <li key={`${action} ${license}`} className={isVendors(action) ? 'warn' : ''}>
            {text(`preview.${action}`, { license: nameOf(license) })}
            {isVendors(action) && reasons.has(license) && (
              <> · {text('state.because', { reason: reasons.get(license) ?? '' })}</>
            )}
          </li>
        ))}
      </ul>
      <ReasonList heading={text('preview.dropped')} items={dropped} nameOf={nameOf} />
      <ReasonList heading={text('preview.left-out')} items={leftOut} nameOf={nameOf} />
    </>
  );
}

interface ReasonListProps extends Pick<Props, 'nameOf'> {
  readonly heading: string;
  readonly items: readonly { readonly license: string; readonly reason: string }[];
}

/** Licenses that a request leaves as they are: why, and what the person can do. */
export function ReasonList({ heading, items, nameOf }: ReasonListProps): ReactNode {
  const { text, named } = useTexts();
  if (items.length === 0) return null;
  return (
    <>
      <p>{heading}</p>
      <ul>
        {items.map(({ license, reason }) => (
          <li key={license}>
            {nameOf(license)}: {named('why', reason)}. {text('failed.next', { advice: named('advice', reason) })}
          </li>
        ))}
      </ul>
    </>
  );
}
