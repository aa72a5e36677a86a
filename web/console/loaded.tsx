import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { type Client, ProblemError } from '../../client/index.ts';
import { REFRESH_MILLISECONDS } from '../shared/api.ts';
import { Notice } from '../shared/notice.tsx';
import { useTexts } from '../shared/text.ts';
import { useVendor } from './session.ts';

interface Props<Data> {
  readonly queryKey: readonly string[];
  readonly load: (vendor: Client) => Promise<Data>;
  readonly children: (data: Data) => ReactNode;
}

/** What the server knows, read again and again while a person looks at it. */
export function Loaded<Data>({ queryKey, load, children }: Props<Data>): ReactNode {
  const { text } = useTexts();
  const vendor = useVendor();
  const { data, error } = useQuery({
    queryKey: ['vendor', ...queryKey],
    queryFn: () => load(vendor),
    refetchInterval: REFRESH_MILLISECONDS,
  });
  if (error !== null && data === undefined)
    return <Notice kind="bad">{isForbidden(error) ? text('console.forbidden') : error.message}</Notice>;
  return data === undefined ? <p>{text('console.loading')}</p> : children(data);
}

const isForbidden = (error: Error): boolean => error instanceof ProblemError && error.code === 'forbidden';
