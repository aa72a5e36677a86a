import type { ReactNode } from 'react';

interface Props {
  readonly kind: 'good' | 'warn' | 'bad';
  readonly children: ReactNode;
}

/** A message. Screen readers read it when it appears. */
export function Notice({ kind, children }: Props): ReactNode {
  return (
    <div className={`notice ${kind}`} role={kind === 'bad' ? 'alert' : 'status'}>
      {children}
    </div>
  );
}
