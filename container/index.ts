/** The library for the vendor's application: a container in a file, and its sync with the vendor's server. */

export {
  EVIDENCE_FAULTS,
  type Evidence,
  type EvidenceFault,
  type EvidenceResult,
  type ProvenRemoval,
  parseEvidence,
  type VendorTrust,
  verifyEvidence,
} from '../protocol/index.ts';
export { type ApplyReport, Container, type CreateOptions } from './container.ts';
export { CONTAINER_FAULTS, ContainerError, type ContainerFault } from './container-error.ts';
export type { Executed, Refused } from './depot.ts';
export type { ActionReason, Problem } from './depot-request.ts';
export type { FileSystem } from './file-system.ts';
export { type SyncFault, type SyncOptions, type SyncReport, type SyncResult, sync } from './sync.ts';
export { readTicketCode } from './ticket-code.ts';
