/** The depot and the console, which are built when somebody opens one of them for the first time. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, gzip } from 'node:zlib';
import { buildPages } from '../cdk/build-pages.ts';
import { PAGE_HEADERS } from '../cdk/page-headers.ts';
import type { Response } from './api-gateway-result.ts';

export interface PageRequest {
  readonly method: string;
  /** Encoded, without the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

export interface WebPages {
  /** The answer for a page or one of its files; `undefined` for every other request. */
  find(request: PageRequest): Promise<Response | undefined>;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
};

/** The pages by path. Programs that ask for JSON get the API at the same address. */
const PAGES: Readonly<Record<string, string>> = { '/': 'index.html', '/console': 'console.html' };
const FILES = /^\/(?:assets|brand)\//;

/** The name of a file in `assets` has the hash of its content. */
const FOR_EVER = 'public, max-age=31536000, immutable';

interface File {
  readonly type: string;
  readonly etag: string;
  readonly cacheControl: string;
  readonly plain: Buffer;
  readonly compressed: Readonly<Record<'br' | 'gzip', Buffer>>;
}

export function createWebPages(): WebPages {
  let reading: Promise<ReadonlyMap<string, File>> | undefined;
  return {
    find: async ({ method, path, headers }) => {
      if (method !== 'GET' && method !== 'HEAD') return undefined;
      const name = PAGES[path] ?? (FILES.test(path) ? path.slice(1) : undefined);
      if (name === undefined) return undefined;
      const isPage = name.endsWith('.html');
      if (isPage && !String(headers.accept ?? '').includes('text/html')) return undefined;
      reading ??= readPages().catch((error: unknown) => {
        reading = undefined;
        throw error;
      });
      const file = (await reading).get(name);
      return file === undefined ? undefined : answer(file, headers);
    },
  };
}

async function readPages(): Promise<ReadonlyMap<string, File>> {
  const folder = await buildPages();
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const files = entries.map(async (entry): Promise<[string, File]> => {
    const path = join(entry.parentPath, entry.name);
    const name = relative(folder, path).split(sep).join('/');
    const plain = readFileSync(path);
    const [br, zipped] = await Promise.all([promisify(brotliCompress)(plain), promisify(gzip)(plain)]);
    return [
      name,
      {
        type: TYPES[extname(name)] ?? 'application/octet-stream',
        etag: `"${createHash('sha256').update(plain).digest('hex').slice(0, 32)}"`,
        cacheControl: name.startsWith('assets/') ? FOR_EVER : 'no-cache',
        plain,
        compressed: { br, gzip: zipped },
      },
    ];
  });
  return new Map(await Promise.all(files));
}

function answer({ type, etag, cacheControl, plain, compressed }: File, headers: PageRequest['headers']): Response {
  const accepted = String(headers['accept-encoding'] ?? '');
  const encoding = (['br', 'gzip'] as const).find((one) => new RegExp(`\\b${one}\\b`).test(accepted));
  const common = { ...PAGE_HEADERS, etag, 'cache-control': cacheControl, vary: 'accept, accept-encoding' };
  if (headers['if-none-match'] === etag) return { status: 304, headers: common, cookies: [], body: Buffer.alloc(0) };
  return {
    status: 200,
    headers: {
      ...common,
      'content-type': type,
      ...(encoding === undefined ? {} : { 'content-encoding': encoding }),
    },
    cookies: [],
    body: encoding === undefined ? plain : compressed[encoding],
  };
}
