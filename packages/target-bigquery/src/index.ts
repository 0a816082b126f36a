export { type Config, programConfig, readConfig } from './config.js';
export { BigQueryLoader, type LoaderOptions } from './loader.js';
export { BigQueryClient, type ClientSettings } from './service/client.js';
