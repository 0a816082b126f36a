export { type About, type AboutFormat, formatAbout, settingsTable } from './about.js';
export type { ProgramConfig } from './config.js';
export {
  elementSlices,
  JsonCursor,
  type MemberSlice,
  memberSlices,
  type NumberForm,
  nesting,
  type Slice,
} from './cursor.js';
export {
  canonicalNumber,
  type Decimal,
  fitsDigits,
  holdsInDouble,
  int64,
  isDoubleInteger,
  isInt64,
  isNumber,
  isWhole,
  parseDecimal,
  plainText,
  scaled,
  scaleOf,
} from './decimal.js';
export { distrust, isDistrusted } from './distrust.js';
export {
  adoptPart,
  type FileOptions,
  type FolderOptions,
  makeFolder,
  makeFolderSync,
  partName,
  renameFile,
  replaceFile,
  replaceFileSync,
  syncFile,
  syncFileSync,
  syncFolder,
  syncFolderSync,
} from './durable.js';
export {
  configInvalid,
  configUnreadable,
  EXIT,
  isOfOutput,
  notSinger,
  outputUnread,
  pipeClosed,
  schemaUnusable,
  shownPath,
  systemCode,
  systemFailure,
  ToolkitError,
  usage,
} from './errors.js';
export { recordLine, schemaLine, stateLine } from './format.js';
export {
  compact,
  type JsonKind,
  type JsonMember,
  type JsonNode,
  parseJson,
  parseJsonAt,
  stringValue,
} from './json.js';
export { JsonError } from './json-text.js';
export { LIMIT } from './limits.js';
export type { Logger } from './log.js';
export {
  type ActivateVersionMessage,
  type BatchMessage,
  isObject,
  type JsonObject,
  type JsonSchema,
  type Message,
  MOST_SCHEMA_LEVELS,
  type RecordMessage,
  type RecordText,
  type SchemaMessage,
  type StateMessage,
  type UnknownMessage,
} from './messages.js';
export { nearest } from './nearest.js';
export { Output, STOP_WITHIN_MS, unlessLate } from './output.js';
export { parseMessage, parseRecordText } from './parse.js';
export { startProgress } from './progress.js';
export { NOT_PLANTED, OWNER_ONLY, openOwn, type Rights, widerThan } from './rights.js';
export { type ScannedText, type ScannedValue, scanJson } from './scan.js';
export { bothSchemas, recordProperties, schemaAt } from './schema-properties.js';
export * from './sdc.js';
export {
  clockAt,
  DATE_LENGTH,
  type DateTime,
  dateAt,
  epochDay,
  fractionEnd,
  type Instant,
  instantOf,
  isDateTime,
  readDateTime,
} from './time.js';
export type { RefusedSettings } from './unknown-settings.js';
export type { Check, CompiledSchema } from './validate.js';
export { visible, withoutSecrets } from './visible.js';
export { aborted, type Limit, pause, until, within } from './wait.js';
