export { MAX_PROPERTIES_PER_OBJECT, MAX_PROPERTIES_PER_STREAM } from './limits.js';
export { columnName } from './names.js';
export { type SavedShape, StreamShape } from './stream-shape.js';
export { Unfit } from './unfit.js';
