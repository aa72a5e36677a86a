import { describe, expect, test } from 'vitest';
import { truncate, widthOf } from '../../../terminal/measure.ts';
import { createStyle, wantsColour } from '../../../terminal/style.ts';
import { fields, table } from '../../../terminal/table.ts';
import { escapeForTerminal, pluralize } from '../../../terminal/text.ts';

const COLUMNS = ['Id', { title: 'Name', narrowest: 6 }, { title: 'Reason', narrowest: 8 }];

describe('a table', () => {
  test('has a column for each heading that has a value', () => {
    expect(
      table(
        ['Id', 'Name', 'Empty'],
        [
          ['1', 'one'],
          ['22', 'two', ''],
        ],
      ),
    ).toBe('Id  Name\n1   one\n22  two');
  });

  test('is as wide as its texts without a limit', () => {
    expect(table(COLUMNS, [['1', 'x'.repeat(300), 'y']])).toContain('x'.repeat(300));
  });

  test('shortens columns, the widest first, to fit the terminal', () => {
    const rows = [['ABCDEFGH', 'a short name', 'a reason that is much longer than the name']];
    expect(table(COLUMNS, rows, { width: 50 }).split('\n')).toEqual([
      'Id        Name          Reason',
      'ABCDEFGH  a short name  a reason that is much lon…',
    ]);
    for (const width of [26, 30, 40, 55]) {
      for (const line of table(COLUMNS, rows, { width }).split('\n')) expect(widthOf(line)).toBeLessThanOrEqual(width);
    }
  });

  test('prints one block per row when it is still too wide, and never shortens ids', () => {
    const rows = [
      ['ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'one', ''],
      ['BCDEFGHIJKLMNOPQRSTUVWXYZA', 'two', 'because'],
    ];
    expect(table(COLUMNS, rows, { width: 30 })).toBe(
      [
        'Id    ABCDEFGHIJKLMNOPQRSTUVWXYZ',
        'Name  one',
        '',
        'Id      BCDEFGHIJKLMNOPQRSTUVWXYZA',
        'Name    two',
        'Reason  because',
      ].join('\n'),
    );
  });

  test('aligns wide characters and combining characters', () => {
    expect(
      table(
        ['A', 'B'],
        [
          ['日本', 'x'],
          ['e\u0301a', 'y'],
        ],
      ),
    ).toBe('A     B\n日本  x\ne\u0301a    y');
    expect(truncate('日本語', 5)).toBe('日本…');
    expect(truncate('日本語', 4)).toBe('日…');
    expect(truncate('abc', 3)).toBe('abc');
    expect(widthOf('🙂')).toBe(2);
  });

  test('measures a cell before it colours it', () => {
    const painted = table(
      ['A', 'B'],
      [
        ['x', 'y'],
        ['long', 'z'],
      ],
      { paint: (cell, column) => (column === 0 ? `<${cell}>` : cell) },
    );
    expect(painted).toBe('A     B\n<x>     y\n<long>  z');
  });

  test('shows control characters as escapes', () => {
    expect(table(['A'], [['\u001b[31mred']])).toBe('A\n\\u{1b}[31mred');
    expect(escapeForTerminal('a\u202eb')).toBe('a\\u{202e}b');
  });
});

test('fields leave out lines without a value', () => {
  expect(
    fields([
      ['Id', '1'],
      ['Reason', ''],
      ['Container', undefined],
      ['State', 'x'],
    ]),
  ).toBe('Id     1\nState  x');
});

test('pluralize chooses the singular for 1 only', () => {
  expect([pluralize(0, 'license'), pluralize(1, 'license'), pluralize(2, 'reply', 'replies')]).toEqual([
    '0 licenses',
    '1 license',
    '2 replies',
  ]);
});

test('colours are for terminals without NO_COLOR', () => {
  expect([
    wantsColour(true, {}),
    wantsColour(true, { NO_COLOR: '' }),
    wantsColour(true, { NO_COLOR: '1' }),
    wantsColour(false, {}),
    wantsColour(true, { TERM: 'dumb' }),
  ]).toEqual([true, true, false, false, false]);
  expect(createStyle(false).red('x')).toBe('x');
});
