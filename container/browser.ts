/** The library for a protected application in a browser: a container in IndexedDB. It imports nothing from Node. */

export {
  EVIDENCE_FAULTS,
  type Evidence,
  type EvidenceFault,
  type EvidenceResult,
  type ProvenRemoval,
  parseEvidence,
  type RootKey,
  type Trust,
  verifyEvidence,
} from '../protocol/index.ts';
export {
  BrowserContainer as Container,
  type BrowserCreateOptions,
  type BrowserOpenOptions,
} from './browser-container.ts';
export { CHECK_REASONS, type CheckOptions, type CheckReason, type CheckResult } from './check.ts';
export type { ApplyReport, ContextOptions, SealReport } from './container.ts';
export { CONTAINER_FAULTS, ContainerError, type ContainerFault } from './container-error.ts';
export type { Executed, Refused } from './depot.ts';
export type { ActionReason, Problem } from './depot-request.ts';
export type { Proof } from './proof.ts';
export { type RequestFile, readRequestFile } from './request-file.ts';
export { type SyncFault, type SyncOptions, type SyncReport, type SyncResult, sync } from './sync.ts';
export { readTicketCode } from './ticket-code.ts';
export type { LeftOut } from './ticket-selection.ts';
