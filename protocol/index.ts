/**
 * The container protocol, shared by the server and the container. It imports only `jose` and uses only the Web Crypto
 * globals, so it runs in Node, in Lambda and in a browser. `docs/protocol.md` describes it for other languages.
 */
export {
  type AppliedUpdate,
  type ApplyFault,
  type ApplyResult,
  applyOperations,
  applyUpdate,
  FIT_FAULTS,
  type FitFault,
  OPERATION_FAULTS,
  type OperationFault,
  type OperationsResult,
} from './apply.ts';
export { canonicalJson } from './canonical-json.ts';
export { ALGORITHM, MAX_JWS_LENGTH, MAX_SIGNED_BYTES } from './compact-jws.ts';
export {
  type ContainerLicense,
  type Content,
  canonicalContent,
  digestOf,
  EMPTY_CONTENT,
  isContainerLicense,
  isContent,
  isDigest,
  isTerms,
  isTermValue,
  KNOWN_TERMS,
  MAX_LEASE_DAYS,
  MAX_LIST_LENGTH,
  MAX_NAME_LENGTH,
  MAX_TERMS,
  normalizeContent,
  normalizeLicense,
  type Position,
  START,
  type Terms,
  type TermValue,
} from './content.ts';
export {
  CONTEXT_FAULTS,
  CONTEXT_TYPE,
  CONTEXT_VERSION,
  type Context,
  type ContextFault,
  type ContextInput,
  type ContextPayload,
  type ContextResult,
  createContext,
  isWishOf,
  MAX_JTI_LENGTH,
  SUPPORTED_CONTEXT_VERSIONS,
  type Vendor,
  verifyContext,
  type Wishes,
  wishOf,
} from './context.ts';
export { decodeBase64url, isPublicJwk, isThumbprint, type PublicJwk, publicPart, serialOf } from './ed25519.ts';
export {
  EVIDENCE_FAULTS,
  EVIDENCE_TYPE,
  EVIDENCE_VERSION,
  type Evidence,
  type EvidenceFault,
  type EvidenceResult,
  MAX_EVIDENCE_BYTES,
  type ProvenRemoval,
  parseEvidence,
  verifyEvidence,
} from './evidence.ts';
export {
  countSigners,
  extendKeySets,
  KEY_SET_FAULTS,
  KEY_SET_TYPE,
  type KeySet,
  type KeySetFault,
  type KeySetPayload,
  type KeySetResult,
  type KeySetsResult,
  keySetSigningInput,
  MAX_KEY_SETS,
  MAX_KEYS,
  readKeySet,
  type SignedKeySet,
  verifyKeySet,
} from './key-set.ts';
export { LEASE_TYPE, type LeasePayload, leaseSigningInput, verifyLease } from './lease.ts';
export { hasMembers, isCount, isName } from './members.ts';
export { CAUSES, type Cause, isOperation, type Operation } from './operation.ts';
export {
  decodeUtf8,
  findJsonFault,
  JSON_FAULTS,
  type JsonFault,
  type JsonLimits,
  type JsonResult,
  parseJson,
  UNSOUND,
} from './parse-json.ts';
export {
  assembleJws,
  type KeyWithId,
  MAX_KID_LENGTH,
  readStatement,
  STATEMENT_FAULTS,
  type StatementFault,
  signingInputAgain,
} from './statement.ts';
export { newestTrusted, type RootKey, readTrust, type Trust, type TrustAnchor, type TrustResult } from './trust.ts';
export {
  MAX_OPERATIONS,
  MAX_UPDATE_FILE_BYTES,
  MAX_UPDATES,
  UPDATE_FAULTS,
  UPDATE_TYPE,
  type Update,
  type UpdateFault,
  type UpdatePayload,
  type UpdateResult,
  updateSigningInput,
  verifyUpdate,
  verifyUpdateJws,
} from './update.ts';
export {
  applyFile,
  type FileFault,
  type FileResult,
  type Holding,
  LEASE_FAULTS,
  type LeaseFault,
  leaseIdOf,
  newestOf,
  type UpdateFile,
} from './update-file.ts';
