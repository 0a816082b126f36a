import { InProcessTarget } from '../helpers/in-process.js';
import { openJsonl } from '../helpers/jsonl.js';
import { runConformance } from './conformance.js';
import { jsonl } from './jsonl.js';

runConformance(jsonl, (config) => new InProcessTarget(openJsonl, config));
