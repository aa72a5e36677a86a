import type { EvidenceFault, ProvenRemoval } from '../../protocol/evidence.ts';
import { EXIT } from '../../terminal/exit.ts';
import { printFailure } from '../../terminal/failure.ts';
import { fields } from '../../terminal/table.ts';
import { escapeForTerminal } from '../../terminal/text.ts';
import { UsageError } from '../../terminal/usage-error.ts';
import { command } from '../command.ts';
import { formatTerms, formatTime } from '../format.ts';
import { printDocument } from '../output.ts';
import { readJson, readText } from '../read-file.ts';
import { writeJson } from '../write-file.ts';
import { LICENSE } from './licenses.ts';

const evidence = command('evidence', {
  summary: 'write the evidence that a license left its container',
  about:
    'The evidence is one file that anybody can verify without a server: relicense verify-evidence. It exists when the container’s receipt has come. It shows everything that the container held.',
  words: [LICENSE],
  options: { out: { value: 'FILE', help: 'write it to this file; default: standard output', completes: 'file' } },
  examples: ['relicense evidence RETURNED --out evidence.json', 'relicense evidence RETURNED'],
  json: 'document',
  async run(given, session) {
    const { io, json } = session;
    const license = given.word(0);
    const document = await session.client().getLicenseEvidence({ params: { license } });
    const path = given.text('out');
    if (path === undefined) {
      // For people, too, the document itself is the result.
      io.out(`${JSON.stringify(document, null, 2)}\n`);
      return EXIT.done;
    }
    await writeJson(io, path, document);
    if (json) io.out(`${JSON.stringify({ file: path, license })}\n`);
    else io.err(`The evidence is in ${escapeForTerminal(path)}.\n`);
    return EXIT.done;
  },
});

const verify = command('verify-evidence', {
  summary: 'verify evidence without a server',
  about:
    'It checks every signature and applies the updates to what the container held. Without --trust it uses the keys in the file: then compare the vendor and the root keys that it prints with the vendor’s. The exit code is 1 if the evidence is refused.',
  words: [{ name: 'FILE', help: 'the evidence; - reads standard input', completes: 'file' }],
  options: {
    trust: {
      value: 'KEYS',
      help: 'a file with the vendor’s key sets or root keys, such as the answer of /.well-known/relicense-keys',
      completes: 'file',
    },
  },
  examples: [
    'relicense verify-evidence evidence.json --trust keys.json',
    'relicense evidence RETURNED | relicense verify-evidence - --json',
  ],
  json: 'document',
  async run(given, session) {
    const { io, json } = session;
    // Loaded here, because no other command needs the signatures.
    const { MAX_EVIDENCE_BYTES, parseEvidence, verifyEvidence } = await import('../../protocol/evidence.ts');
    const path = given.text('trust');
    if (path === '-' && given.word(0) === '-') throw new UsageError('Only one of FILE and --trust can be -.');
    const parsed = parseEvidence(await readText(io, given.word(0), MAX_EVIDENCE_BYTES));
    const trust = path === undefined ? undefined : await readJson(io, path, MAX_EVIDENCE_BYTES);
    const result = await verifyEvidence(parsed.ok ? parsed.value : undefined, trust);
    if (!result.ok) {
      const { ok: _, code, ...where } = result;
      const place = [where.detail, where.index === undefined ? undefined : `entry ${where.index}`];
      const more = place.filter((part) => part !== undefined).join(', ');
      const lines = [more === '' ? MEANINGS[code] : `${MEANINGS[code]} (${more})`];
      printFailure(io, json, { title: 'The evidence is refused.', code, lines, document: where });
      return EXIT.refused;
    }
    const { ok: _, ...removal } = result;
    printDocument(session, removal, () => formatRemoval(removal));
    if (!removal.trusted && !json) {
      io.err(
        'The keys are those of the file. Compare the vendor and the root keys with the vendor’s, or use --trust.\n',
      );
    }
    return EXIT.done;
  },
});

const MEANINGS: Readonly<Record<EvidenceFault, string>> = {
  schema: 'The file is not evidence: a member is missing or has a wrong form.',
  version: 'This program does not know this version of evidence.',
  trust: 'The file of --trust has no key sets and no root keys that can be used.',
  'key-sets': 'A key set in the file is refused.',
  untrusted: 'The key sets in the file do not follow from those of --trust.',
  issuer: 'The file names another vendor than its key sets.',
  receipt: 'The receipt is not a valid context of a container of this vendor.',
  'license-not-before': 'The container did not hold the license before the first update.',
  updates: 'An update is refused.',
  'license-not-removed': 'The first update does not remove the license.',
  'license-returned': 'A later update puts the license into the container again.',
  'receipt-place': 'The receipt is not for the place to which the updates lead.',
};

function formatRemoval(removal: ProvenRemoval): string {
  const { license, order, container, cause, counter, removedAt, receiptCounter, receiptAt, iss } = removal;
  const text = fields([
    ['License', escapeForTerminal(`${license.id} (${license.product})`)],
    ['Terms', escapeForTerminal(formatTerms(license.terms))],
    ['Container', escapeForTerminal(container)],
    ['Removed', `by update ${counter}, planned ${formatSeconds(removedAt)} UTC`],
    ['Confirmed', `at counter ${receiptCounter}, ${formatSeconds(receiptAt)} UTC by the container’s clock`],
    ['Vendor', escapeForTerminal(`${iss}, key set ${removal.keySet}`)],
    ['Root keys', escapeForTerminal(removal.rootKeys.join(', '))],
    ['Not signed', escapeForTerminal(`order ${order}, cause ${cause}`)],
  ]);
  return `The container held the license, and holds it no longer.\n\n${text}`;
}

function formatSeconds(seconds: number): string {
  const time = new Date(seconds * 1000);
  return Number.isNaN(time.getTime()) ? `${seconds} s after 1970` : formatTime(time.toISOString());
}

export const EVIDENCE_COMMANDS = [evidence, verify];
