import { openBigQuery } from '../helpers/bigquery-target.js';
import { InProcessTarget } from '../helpers/in-process.js';
import { bigquery } from './bigquery.js';
import { runConformance } from './conformance.js';

runConformance(bigquery, (config) => new InProcessTarget(openBigQuery, config));
