import { useCallback, useSyncExternalStore } from 'react';

type IsValid<Value> = (value: unknown) => value is Value;

/** A value in the browser's local storage, which all parts of the page and all tabs see. */
export function useStored<Value>(
  key: string,
  initial: Value,
  isValid: IsValid<Value>,
): readonly [Value, (next: Value) => void] {
  const text = useSyncExternalStore(subscribe, () => localStorage.getItem(key));
  const set = useCallback((next: Value) => writeStored(key, next), [key]);
  return [parsed(text, initial, isValid), set];
}

/** The stored value; `initial` if nothing valid is stored. */
export function readStored<Value>(key: string, initial: Value, isValid: IsValid<Value>): Value {
  return parsed(localStorage.getItem(key), initial, isValid);
}

/** Stores a value, and shows it in all parts of the page. */
export function writeStored(key: string, value: unknown): void {
  localStorage.setItem(key, JSON.stringify(value));
  for (const listener of listeners) listener();
}

const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  addEventListener('storage', listener);
  return () => {
    listeners.delete(listener);
    removeEventListener('storage', listener);
  };
}

function parsed<Value>(text: string | null, initial: Value, isValid: IsValid<Value>): Value {
  if (text === null) return initial;
  try {
    const value: unknown = JSON.parse(text);
    return isValid(value) ? value : initial;
  } catch {
    return initial;
  }
}
