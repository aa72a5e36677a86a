/** The library for the vendor's application: a container in a file, its checks, and its sync with the vendor's server. */
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
export { CHECK_REASONS, type CheckOptions, type CheckReason, type CheckResult } from './check.ts';
export type { ApplyReport, ContextOptions, SealReport } from './container.ts';
export { CONTAINER_FAULTS, ContainerError, type ContainerFault } from './container-error.ts';
export type { Executed, Refused } from './depot.ts';
export type { ActionReason, Problem } from './depot-request.ts';
export { type CreateOptions, FileContainer as Container, type OpenOptions } from './file-container.ts';
export type { FileSystem } from './file-system.ts';
export type { Proof } from './proof.ts';
export { type SyncFault, type SyncOptions, type SyncReport, type SyncResult, sync } from './sync.ts';
export { readTicketCode } from './ticket-code.ts';
export type { LeftOut } from './ticket-selection.ts';
