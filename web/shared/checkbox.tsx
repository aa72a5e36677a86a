import { Checkbox } from '@base-ui/react/checkbox';
import type { ReactNode } from 'react';

interface Props {
  readonly label: string;
  readonly checked: boolean;
  readonly indeterminate?: boolean;
  readonly disabled?: boolean;
  readonly onChange: (checked: boolean) => void;
}

export function Tick({ label, checked, indeterminate = false, disabled = false, onChange }: Props): ReactNode {
  return (
    <Checkbox.Root
      className="box"
      aria-label={label}
      checked={checked}
      indeterminate={indeterminate}
      disabled={disabled}
      onCheckedChange={onChange}
    >
      <Checkbox.Indicator>{indeterminate ? '–' : '✓'}</Checkbox.Indicator>
    </Checkbox.Root>
  );
}
