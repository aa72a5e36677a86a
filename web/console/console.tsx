import { type ReactNode, useMemo, useState } from 'react';
import { useTexts } from '../shared/text.ts';
import { ContainerView } from './container.tsx';
import { LicenseView } from './license.tsx';
import { AutoUpdates, Containers, Endpoints, Webhooks } from './lists.tsx';
import { OrderView } from './order.tsx';
import { hrefOf, useRoute } from './route.ts';
import { SearchField, SearchView } from './search.tsx';
import { storedToken, storeToken, VendorContext, vendorClient } from './session.ts';
import { SignIn } from './sign-in.tsx';
import { Start } from './start.tsx';

export function Console(): ReactNode {
  const { text } = useTexts();
  const [token, setToken] = useState(storedToken);
  const vendor = useMemo(() => (token === undefined ? undefined : vendorClient(token)), [token]);
  const change = (next: string | undefined) => {
    storeToken(next);
    setToken(next);
  };
  if (vendor === undefined) return <SignIn onToken={change} />;
  return (
    <VendorContext value={vendor}>
      <nav className="row" aria-label={text('console.title')}>
        <a href={hrefOf('start')}>{text('console.start')}</a>
        <SearchField />
        <button type="button" onClick={() => change(undefined)}>
          {text('console.sign-out')}
        </button>
      </nav>
      <CurrentView />
    </VendorContext>
  );
}

function CurrentView(): ReactNode {
  const { view, of } = useRoute();
  switch (view) {
    case 'start':
      return <Start />;
    case 'search':
      return <SearchView text={of} />;
    case 'order':
      return <OrderView orderId={of} />;
    case 'license':
      return <LicenseView license={of} />;
    case 'container':
      return <ContainerView serial={of} />;
    case 'webhooks':
      return <Webhooks state={of === 'waiting' ? 'waiting' : 'failed'} />;
    case 'auto-updates':
      return <AutoUpdates />;
    case 'containers':
      return <Containers selection={of === 'silent' ? 'silent' : 'outstanding'} />;
    case 'endpoints':
      return <Endpoints />;
  }
}
