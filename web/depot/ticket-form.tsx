import { Field } from '@base-ui/react/field';
import { type FormEvent, type ReactNode, useState } from 'react';
import { useTexts } from '../shared/text.ts';
import { readTicketCodes } from './ticket-codes.ts';

/** One field for one or several ticket codes, in any form. */
export function TicketForm({ onCodes }: { readonly onCodes: (codes: readonly string[]) => void }): ReactNode {
  const { text } = useTexts();
  const [pasted, setPasted] = useState('');
  const [isWrong, setWrong] = useState(false);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const codes = readTicketCodes(pasted);
    setWrong(codes.length === 0);
    if (codes.length === 0) return;
    onCodes(codes);
    setPasted('');
  };
  return (
    <form className="card" onSubmit={submit} noValidate>
      <Field.Root className="field" invalid={isWrong}>
        <Field.Label>{text('tickets.label')}</Field.Label>
        <Field.Control
          value={pasted}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => {
            setPasted(event.target.value);
            setWrong(false);
          }}
          // An input would join the lines of a mail.
          onPaste={(event) => {
            const codes = readTicketCodes(event.clipboardData.getData('text'));
            if (codes.length < 2) return;
            event.preventDefault();
            setPasted(codes.join(' '));
          }}
        />
        <Field.Description className="quiet">{text('tickets.help')}</Field.Description>
        <Field.Error className="bad" match={isWrong}>
          {text('tickets.none')}
        </Field.Error>
      </Field.Root>
      <button type="submit" className="main">
        {text('tickets.show')}
      </button>
    </form>
  );
}
