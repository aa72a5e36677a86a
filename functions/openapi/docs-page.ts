import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { DOCS_FILES, DOCS_FOLDER, DOCS_START } from '../../contract/docs-files.ts';

/** The page that renders the OpenAPI document. It needs no CDN and no inline script. */
export const DOCS_PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Relicense API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<div id="docs"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/${DOCS_START}"></script>
</body>
</html>
`;

const START = `SwaggerUIBundle({ url: 'openapi.json', dom_id: '#docs', deepLinking: true, validatorUrl: null });\n`;

export const PAGE_SECURITY = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
};

const TYPES: Readonly<Record<string, string>> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
};

/** A file of the page; `undefined` if the page has no such file. */
export function docsFile(name: string): { readonly text: string; readonly type: string } | undefined {
  const type = TYPES[name.split('.').at(-1) ?? ''] ?? 'text/plain';
  if (name === DOCS_START) return { text: START, type };
  if (!(DOCS_FILES as readonly string[]).includes(name)) return undefined;
  return { text: readFileSync(pathOf(name), 'utf8'), type };
}

/** The files are beside the bundle when it is deployed, and in the npm package when the sources run directly. */
function pathOf(name: string): string {
  const bundled = fileURLToPath(new URL(`${DOCS_FOLDER}/${name}`, import.meta.url));
  return existsSync(bundled) ? bundled : createRequire(import.meta.url).resolve(`swagger-ui-dist/${name}`);
}
