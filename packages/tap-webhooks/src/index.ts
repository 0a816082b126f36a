export { loadTapConfig, settings, type TapConfig } from './config.js';
export { type Receiver, startReceiver } from './receiver.js';
