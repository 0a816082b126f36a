export { type Config, programConfig } from './config.js';
export { JsonlLoader } from './loader.js';
