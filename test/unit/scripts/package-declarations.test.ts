import { expect, test } from 'vitest';
import { withOptionalMembers } from '../../../scripts/package-declarations.ts';

test('an index signature beside optional members gets undefined, for projects without exactOptionalPropertyTypes', () => {
  const declaration = `export interface Terms {
    readonly expiresAt?: string;
    /** A list of words. */
    readonly own: {
        readonly [name: string]: number;
    };
    readonly [own: string]: string | number;
}
export interface Counts {
    readonly [state: string]: number;
}
export interface Empty {
    [x: string]: never;
    a?: never;
}`;
  const changed = withOptionalMembers(declaration).split('\n');
  const before = declaration.split('\n');
  expect(changed.filter((line, at) => line !== before[at])).toEqual([
    '    readonly [own: string]: string | number | undefined;',
  ]);
});
