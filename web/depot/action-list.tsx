import type { ReactNode } from 'react';
import type { Answer } from '../../client/index.ts';
import { useTexts } from '../shared/text.ts';

export type VendorActions = Answer<'findAutoUpdates'>['items'];

/** The vendor's changes that wait for a container, each with the vendor's reason. */
export function ActionList({ actions }: { readonly actions: VendorActions }): ReactNode {
  const { text } = useTexts();
  return (
    <ul>
      {actions.map(({ action, license, product, reason }) => (
        <li key={license}>
          {text(`preview.${action}`, { license: product ?? license })}
          {reason !== undefined && <> · {text('state.because', { reason })}</>}
        </li>
      ))}
    </ul>
  );
}
