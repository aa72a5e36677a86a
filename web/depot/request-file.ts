import { type RequestFile, readRequestFile } from '../../container/browser.ts';

/** A context that a person brought from another machine, with the wishes that it was signed for. */
export interface Brought extends RequestFile {
  readonly serial: string;
  readonly counter: number;
}

/** Reads a context or a request file. `undefined` for any other file. The server verifies it. */
export function readBrought(text: string): Brought | undefined {
  const request = readRequestFile(text);
  const payload = request?.context.split('.')[1];
  if (request === undefined || payload === undefined) return undefined;
  try {
    const bytes = Uint8Array.from(atob(payload.replace(/-/g, '+').replace(/_/g, '/')), (one) => one.charCodeAt(0));
    const { iss, counter } = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
    return typeof iss === 'string' && typeof counter === 'number' ? { ...request, serial: iss, counter } : undefined;
  } catch {
    return undefined;
  }
}

export function wishesOf({ activate = [], deactivate = [] }: Brought): number {
  return activate.length + deactivate.length;
}
