/**
 * The container protocol, shared by the server and the container. It imports only `jose` and uses only the Web Crypto
 * globals, so it runs in Node, in Lambda and in a browser. `docs/protocol.md` describes it for other languages.
 */
export {
  type AppliedUpdate,
  type ApplyFault,
  type ApplyResult,
  type ApplyUpdatesResult,
  applyOperations,
  applyUpdate,
  applyUpdates,
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
  digestOf,
  EMPTY_CONTENT,
  isContainerLicense,
  isContent,
  isDigest,
  isTerms,
  MAX_LIST_LENGTH,
  MAX_NAME_LENGTH,
  normalizeContent,
  normalizeLicense,
  type Position,
  START,
  type Terms,
} from './content.ts';
export {
  CONTEXT_FAULTS,
  CONTEXT_TYPE,
  type Context,
  type ContextFault,
  type ContextInput,
  type ContextPayload,
  type ContextResult,
  createContext,
  verifyContext,
} from './context.ts';
export { decodeBase64url, isPublicJwk, isThumbprint, type PublicJwk, publicPart, serialOf } from './ed25519.ts';
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
  assembleUpdateJws,
  MAX_OPERATIONS,
  MAX_UPDATE_FILE_BYTES,
  MAX_UPDATES,
  UPDATE_FAULTS,
  UPDATE_TYPE,
  type Update,
  type UpdateFault,
  type UpdateFile,
  type UpdatePayload,
  type UpdateResult,
  updateSigningInput,
  verifyUpdate,
} from './update.ts';
