/** `npm run demo-picture`: plays the demo and draws two of its scenes, as a terminal shows them, into `docs/demo.svg`. */
import { writeFileSync } from 'node:fs';
import { devNull } from 'node:os';
import { findRuntime } from '../demo/find-runtime.ts';
import { createLeftovers } from '../demo/leftovers.ts';
import { createPage } from '../demo/page/page.ts';
import { play } from '../demo/play.ts';
import { widthOf } from '../terminal/measure.ts';
import { createStyle } from '../terminal/style.ts';

const PICTURE = new URL('../docs/demo.svg', import.meta.url);
const FIRST_SCENE = 'Withdraw a license that is already on the customer’s machine';
const NEXT_SCENE = 'A replacement that the customer does not notice';

const COLUMNS = 100;
const CHARACTER_WIDTH = 8.4;
const LINE_HEIGHT = 20;
const FONT_SIZE = 14;
const PADDING = 24;
const TITLE_HEIGHT = 36;
const BACKGROUND = '#16181d';
const FOREGROUND = '#e4e7eb';
const DIM = '#8b94a3';
/** The colour of each ANSI foreground code that `terminal/style.ts` writes. */
const COLOURS: Readonly<Record<string, string>> = {
  31: '#ff7b72',
  32: '#56d364',
  33: '#e3b341',
  34: '#79b8ff',
  35: '#d2a8ff',
  36: '#56d4dd',
};

interface Look {
  readonly fill: string;
  readonly isBold: boolean;
}

const PLAIN: Look = { fill: FOREGROUND, isBold: false };

/** The look after an ANSI code: 1 bold, 2 dim, 22 neither, 31 to 36 a colour, 39 the default colour. */
function lookAfter(look: Look, code: string): Look {
  if (code === '1') return { ...look, isBold: true };
  if (code === '2') return { ...look, fill: DIM };
  if (code === '22') return { fill: look.fill === DIM ? FOREGROUND : look.fill, isBold: false };
  return { ...look, fill: COLOURS[code] ?? FOREGROUND };
}

/** Draws one line. Each run of text has a fixed place and length, so that columns align in every monospaced font. */
function drawLine(line: string, index: number): string {
  const y = TITLE_HEIGHT + PADDING + (index + 0.5) * LINE_HEIGHT;
  let look = PLAIN;
  let column = 0;
  let drawn = '';
  // Odd members are the ANSI codes.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character starts an ANSI code
  for (const [position, part] of line.split(/\u001b\[(\d+)m/).entries()) {
    if (position % 2 === 1) {
      look = lookAfter(look, part);
      continue;
    }
    for (const run of part.split(/( {2,})/)) {
      const width = widthOf(run);
      if (run.trim() !== '') drawn += drawRun(run, column, width, y, look);
      column += width;
    }
  }
  return drawn;
}

function drawRun(run: string, column: number, width: number, y: number, { fill, isBold }: Look): string {
  const indent = run.length - run.trimStart().length;
  const text = run.trim().replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  const x = (PADDING + (column + indent) * CHARACTER_WIDTH).toFixed(1);
  const length = ((width - run.length + run.trim().length) * CHARACTER_WIDTH).toFixed(1);
  const weight = isBold ? ' font-weight="bold"' : '';
  return `<text x="${x}" y="${y}" textLength="${length}" fill="${fill}"${weight}>${text}</text>\n`;
}

function drawPicture(lines: readonly string[]): string {
  const width = Math.ceil(COLUMNS * CHARACTER_WIDTH + 2 * PADDING);
  const height = TITLE_HEIGHT + 2 * PADDING + lines.length * LINE_HEIGHT;
  const buttons = ['#ff5f57', '#febc2e', '#28c840'].map(
    (fill, index) => `<circle cx="${PADDING + index * 20}" cy="${TITLE_HEIGHT / 2 + 4}" r="6" fill="${fill}"/>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="Two scenes of npm run demo: the vendor withdraws a license, and the customer’s next activation carries the withdrawal out">
<rect width="${width}" height="${height}" rx="10" fill="${BACKGROUND}"/>
${buttons.join('\n')}
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="${FONT_SIZE}">
${lines.map(drawLine).join('')}</g>
</svg>
`;
}

const style = createStyle(true);
const output: string[] = [];
const page = createPage((text) => void output.push(text), style, COLUMNS);
const leftovers = createLeftovers();
try {
  // Neither this home nor this port has a runtime, so the picture gets its own.
  const environment = { ...process.env, RELICENSE_URL: '', RELICENSE_HOME: devNull, PORT: '1' };
  const runtime = await findRuntime(environment, leftovers);
  const { failed } = await play(page, runtime, 'picture', leftovers);
  if (failed !== undefined) throw new Error(`The demo failed in the scene "${failed}".`);
} finally {
  await leftovers.clear();
}
const lines = output.join('').split('\n');
const lineOf = (title: string): number => lines.findIndex((line) => line.includes(title));
const scenes = lines.slice(lineOf(FIRST_SCENE), lineOf(NEXT_SCENE) - 2);
const command = `${style.green('$')} ${style.bold('npm run demo')}`;
const more = style.dim('     ⋮');
writeFileSync(PICTURE, drawPicture([command, more, '', ...scenes, '', more]));
