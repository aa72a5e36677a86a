import type { CheckReason, SyncFault } from '@relicense/container';

export interface Advice {
  /** For the user of the program. */
  readonly text: string;
  /** Whether the vendor's server may have what is missing: then a sync is tried before the user is asked. */
  readonly trySync: boolean;
}

/**
 * What the program does for each reason of `check`. The list of reasons is closed: without a `default`, the compiler reports a
 * reason that is missing here.
 */
export function adviceFor(reason: CheckReason): Advice {
  switch (reason) {
    case 'no-license':
      return {
        trySync: true,
        text: 'There is no license for CAD on this machine. Enter the ticket code of your order: node main.ts activate <ticket>',
      };
    case 'feature-missing':
      return { trySync: true, text: 'Your license does not include this function. Our shop has it as an extension.' };
    case 'expired':
      return { trySync: true, text: 'Your license has ended. Renew it in our shop, and start CAD again.' };
    case 'maintenance-ended':
      return {
        trySync: true,
        text: 'This version is newer than your maintenance contract. Renew the contract, or install the version before.',
      };
    case 'requires-unmet':
      return {
        trySync: true,
        text: 'Your license is an extension, and the product that it extends is missing. Activate that product, too.',
      };
    case 'unsealed':
      return {
        trySync: true,
        text: 'The licenses on this machine were not issued for it. Do not edit or copy the license file. Ask our support.',
      };
    case 'lease-ended':
      return {
        trySync: true,
        text: 'CAD has not reached our server for too long. Connect this machine to the network and start CAD again. Without a network, exchange a file: npx relicense-container context --out context.txt',
      };
    case 'clock-set-back':
      return { trySync: false, text: 'The clock of this machine is wrong. Set date and time, and start CAD again.' };
    case 'not-understood':
      return { trySync: false, text: 'Your license needs a newer version of CAD. Install the update.' };
    case 'file-damaged':
      return { trySync: false, text: 'The license file is damaged. Keep it as it is, and ask our support.' };
  }
}

/** Why a sync has failed, for the user or a log. A failed sync alone never stops the program. */
export function describeFault(fault: SyncFault): string {
  switch (fault.kind) {
    case 'unreachable':
      return `The license server was not reached: ${fault.detail}`;
    case 'problem':
      return `The license server refused: ${fault.problem.detail ?? fault.problem.title} (${fault.problem.code})`;
    case 'update':
      return `The license server sent an update that this machine refuses (${fault.code}).`;
    case 'usage':
    case 'keys':
    case 'container':
      return fault.detail;
  }
}
