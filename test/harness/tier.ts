import { inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    /** True under `vitest.deep.config.ts`. */
    isDeep: boolean;
  }
}

/** True in `npm run test:deep`; false in `npm test` and wherever no tier is named. */
export const IS_DEEP: boolean = inject('isDeep') === true;

/**
 * The value for the tier that runs. A test file that imports this module runs in both tiers: with few rounds in `npm test`
 * and with all of them in `npm run test:deep`.
 */
export function byTier<T>(values: { readonly quick: T; readonly deep: T }): T {
  return IS_DEEP ? values.deep : values.quick;
}
