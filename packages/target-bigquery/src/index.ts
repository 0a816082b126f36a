export { BigQueryClient, type ClientSettings } from './api/client.js';
export { type Config, programConfig, readConfig } from './config.js';
export { BigQueryLoader, type LoaderOptions } from './loader.js';
