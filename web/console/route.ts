import { useSyncExternalStore } from 'react';

/** The views of the console, each with what it shows. */
export const VIEWS = [
  'start',
  'search',
  'order',
  'license',
  'container',
  'webhooks',
  'auto-updates',
  'containers',
  'endpoints',
] as const;
export type View = (typeof VIEWS)[number];

export interface Route {
  readonly view: View;
  /** An id, a text, or the name of a selection; empty for views without one. */
  readonly of: string;
}

export const hrefOf = (view: View, of = ''): string => `#/${view}${of === '' ? '' : `/${encodeURIComponent(of)}`}`;

export function readRoute(fragment: string): Route {
  const [, name = '', of = ''] = /^#\/([^/]*)\/?(.*)$/.exec(fragment) ?? [];
  const view = VIEWS.find((one) => one === name);
  return view === undefined ? { view: 'start', of: '' } : { view, of: decoded(of) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function useRoute(): Route {
  return readRoute(useSyncExternalStore(subscribe, () => location.hash));
}

function subscribe(listener: () => void): () => void {
  addEventListener('hashchange', listener);
  return () => removeEventListener('hashchange', listener);
}
