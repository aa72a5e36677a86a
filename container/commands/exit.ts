import { EXIT, EXIT_MEANINGS, type ExitCode } from '../../terminal/exit.ts';
import type { CheckReason } from '../check.ts';

/** The exit codes of `check`, one for each reason. The shared codes below 10 keep their meanings. */
export const CHECK_EXIT = {
  'no-license': 10,
  'feature-missing': 11,
  expired: 12,
  'maintenance-ended': 13,
  'requires-unmet': 14,
  unsealed: 15,
  'lease-ended': 16,
  'clock-set-back': 17,
  'not-understood': 18,
  'file-damaged': 19,
} as const satisfies Readonly<Record<CheckReason, number>>;

export type ContainerExit = ExitCode | (typeof CHECK_EXIT)[CheckReason];

/** Why a product cannot be used, as a sentence for the person at the machine. */
export const CHECK_MEANINGS: Readonly<Record<CheckReason, string>> = {
  'no-license': 'there is no license for the product',
  'feature-missing': 'the license does not have the feature',
  expired: 'the license has expired',
  'maintenance-ended': 'this version was released after the end of maintenance',
  'requires-unmet': 'a product that the license requires is missing',
  unsealed: 'the vendor’s keys do not prove this content',
  'lease-ended': 'the last contact with the vendor is too long ago: sync',
  'clock-set-back': 'the clock of this machine was set back',
  'not-understood': 'the license needs a newer version of the program',
  'file-damaged': 'the container file is damaged',
};

export const CONTAINER_EXITS: Readonly<Record<string, number>> = { ...EXIT, ...CHECK_EXIT };
export const CONTAINER_EXIT_MEANINGS: Readonly<Record<string, string>> = {
  ...EXIT_MEANINGS,
  ...Object.fromEntries(Object.entries(CHECK_MEANINGS).map(([reason, text]) => [reason, `check: ${text}`])),
};
