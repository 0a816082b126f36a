import type { Logger } from '@tap-webhooks/singer';
import type { BigQueryService, DatasetInfo, Labels } from '../api/service.js';
import { isKind } from '../api/service-error.js';
import { datasetFailed, locationMissing } from '../errors.js';
import { jobLabels } from './job-labels.js';

/**
 * The datasets of a run: each is looked up once, and created when it is absent. None is created unless the config says where: a
 * dataset stays in its location for ever, and jobs and queries on it run there.
 */
export class Datasets {
  readonly #service: BigQueryService;
  readonly #log: Logger;
  readonly #labels: Labels;
  readonly #known = new Map<string, Promise<DatasetInfo>>();

  constructor(service: BigQueryService, log: Logger, labels: Labels) {
    this.#service = service;
    this.#log = log;
    this.#labels = labels;
  }

  /** Returns the dataset, which is created when it is absent. @throws ToolkitError exit 3. */
  open(dataset: string): Promise<DatasetInfo> {
    let known = this.#known.get(dataset);
    if (known === undefined) {
      known = this.#open(dataset).catch((cause) => {
        this.#known.delete(dataset);
        throw datasetFailed(dataset, 'opened', cause);
      });
      this.#known.set(dataset, known);
    }
    return known;
  }

  async #open(dataset: string): Promise<DatasetInfo> {
    const info = (await this.#find(dataset)) ?? (await this.#create(dataset));
    const { defaultTableExpirationDays: tables, defaultPartitionExpirationDays: partitions } = info;
    const days = tables ?? partitions;
    if (days !== undefined) {
      this.#log.warn(
        { dataset },
        `tables of the dataset expire after ${days} days: BigQuery will delete rows, and the tap does not send them again`,
      );
    }
    return info;
  }

  async #find(dataset: string): Promise<DatasetInfo | undefined> {
    return this.#service.getDataset(dataset);
  }

  async #create(dataset: string): Promise<DatasetInfo> {
    const { location } = this.#service;
    if (location === undefined) throw locationMissing(dataset);
    try {
      const made = await this.#service.createDataset(dataset, {
        location,
        labels: datasetLabels(this.#labels, dataset),
        description: 'Tables of target-bigquery.',
      });
      this.#log.info({ dataset, location: made.location }, 'dataset created');
      return made;
    } catch (error) {
      if (isKind(error, 'denied')) throw datasetFailed(dataset, 'created', error);
      throw error;
    }
  }
}

/** Returns the labels of a dataset: those of its jobs without `stream`, since a dataset has several streams. */
function datasetLabels(own: Labels, dataset: string): Labels {
  const { stream: _, ...ours } = jobLabels({}, '', dataset);
  return { ...own, ...ours };
}
