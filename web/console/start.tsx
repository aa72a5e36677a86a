import { type UseQueryResult, useQueries } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { Client } from '../../client/index.ts';
import { REFRESH_MILLISECONDS } from '../shared/api.ts';
import { type TextKey, useTexts } from '../shared/text.ts';
import { hrefOf } from './route.ts';
import { useVendor } from './session.ts';

/** More than this is shown as "100+". */
const MOST = 100;

interface Need {
  readonly title: TextKey;
  readonly href: string;
  /** The items that need a person, at most `MOST` and whether there are more. */
  readonly count: (
    vendor: Client,
  ) => Promise<{ readonly count: number; readonly isCut: boolean; readonly note?: number }>;
}

const pageOf = ({ items, cursor }: { readonly items: readonly unknown[]; readonly cursor?: string }) => ({
  count: items.length,
  isCut: cursor !== undefined,
});

const NEEDS: readonly Need[] = [
  {
    title: 'needs.failed-webhooks',
    href: hrefOf('webhooks', 'failed'),
    count: async (vendor) => pageOf(await vendor.listWebhooks({ query: { state: 'failed', limit: MOST } })),
  },
  {
    title: 'needs.waiting-webhooks',
    href: hrefOf('webhooks', 'waiting'),
    count: async (vendor) => pageOf(await vendor.listWebhooks({ query: { state: 'waiting', limit: MOST } })),
  },
  {
    title: 'needs.pending',
    href: hrefOf('auto-updates'),
    count: async (vendor) => {
      const { items, cursor } = await vendor.listAutoUpdates({ query: { limit: MOST } });
      const actions = items.flatMap(({ pending }) => pending);
      const overdue = actions.filter(({ overdueAt }) => overdueAt !== undefined).length;
      return { count: actions.length, isCut: cursor !== undefined, note: overdue };
    },
  },
  {
    title: 'needs.outstanding',
    href: hrefOf('containers', 'outstanding'),
    count: async (vendor) => pageOf(await vendor.listContainers({ query: { outstanding: true, limit: MOST } })),
  },
  {
    title: 'needs.silent',
    href: hrefOf('containers', 'silent'),
    count: async (vendor) => pageOf(await vendor.listContainers({ query: { silentFor: '90d', limit: MOST } })),
  },
  {
    title: 'needs.endpoints',
    href: hrefOf('endpoints'),
    count: async (vendor) => {
      const { items } = await vendor.listEventEndpoints();
      const failing = items.filter(({ health }) => health.status === 'failing' || health.status === 'retrying');
      return { count: failing.length, isCut: false };
    },
  },
];

type Counted = Awaited<ReturnType<Need['count']>>;

/** What needs a person: a count for each kind, which opens its list. */
export function Start(): ReactNode {
  const { text } = useTexts();
  const vendor = useVendor();
  const counts: UseQueryResult<Counted>[] = useQueries({
    queries: NEEDS.map(({ title, count }) => ({
      queryKey: ['vendor', title],
      queryFn: () => count(vendor),
      refetchInterval: REFRESH_MILLISECONDS,
    })),
  });
  const isQuiet = counts.every(({ data }) => data?.count === 0);
  return (
    <section className="card" aria-labelledby="needs">
      <h2 id="needs">{text('needs.heading')}</h2>
      {isQuiet && <p>{text('needs.nothing')}</p>}
      <ul className="tiles">
        {NEEDS.map(({ title, href }, index) => (
          <li key={title}>
            <a href={href}>
              <Count counted={counts[index]?.data} />
              {text(title)}
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Count({ counted }: { readonly counted: Counted | undefined }): ReactNode {
  const { text } = useTexts();
  if (counted === undefined) return <span className="count quiet">–</span>;
  const { count, isCut, note = 0 } = counted;
  return (
    <>
      <span className={count === 0 ? 'count quiet' : 'count warn'}>
        {count}
        {isCut && '+'}
      </span>
      {note > 0 && (
        <span className="bad">
          {note} {text('needs.overdue')}.{' '}
        </span>
      )}
    </>
  );
}
