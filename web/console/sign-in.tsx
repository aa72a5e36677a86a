import { Field } from '@base-ui/react/field';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useState } from 'react';
import { ProblemError } from '../../client/index.ts';
import { useTexts } from '../shared/text.ts';
import { vendorClient } from './session.ts';

export function SignIn({ onToken }: { readonly onToken: (token: string) => void }): ReactNode {
  const { text } = useTexts();
  const [token, setToken] = useState('');
  const check = useMutation({ mutationFn: () => isAccepted(token.trim()) });
  const isWrong = check.error !== null || check.data === false;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    check.mutate(undefined, { onSuccess: (isGood) => isGood && onToken(token.trim()) });
  };
  return (
    <form className="card" onSubmit={submit} noValidate>
      <Field.Root className="field" invalid={isWrong}>
        <Field.Label>{text('console.token')}</Field.Label>
        <Field.Control
          type="password"
          autoComplete="off"
          value={token}
          onChange={(event) => {
            setToken(event.target.value);
            check.reset();
          }}
        />
        <Field.Description className="quiet">{text('console.token.help')}</Field.Description>
        <Field.Error className="bad" match={isWrong}>
          {check.error === null ? text('console.token.wrong') : check.error.message}
        </Field.Error>
      </Field.Root>
      <button type="submit" className="main" disabled={check.isPending}>
        {text('console.sign-in')}
      </button>
    </form>
  );
}

/** Whether the server knows the token. A token without the scope of this request is known, too. */
async function isAccepted(token: string): Promise<boolean> {
  if (!/^[\x21-\x7e]+$/.test(token)) return false;
  try {
    await vendorClient(token).listProducts({ query: { limit: 1 } });
    return true;
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    return error.code === 'forbidden';
  }
}
