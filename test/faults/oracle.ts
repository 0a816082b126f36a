import { Agent, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { Seeded } from '../helpers/seeded.js';
import { type Delivery, type DeliveryForm, deliveryOf, type IntegrationName } from './deliveries.js';
import type { Ledger } from './ledger.js';

export interface OracleSettings extends DeliveryForm {
  readonly port: number;
  readonly paths: ReadonlyMap<IntegrationName, string>;
  /** Deliveries per second, at most. */
  readonly rate: number;
}

/** Connections at a time. */
const CONNECTIONS = 6;
const ANSWER_MS = 15_000;
const AGAIN_MS = 50;
/** One of so many acknowledged deliveries is posted once more, as providers do. */
const REPEAT_ONE_IN = 8;

/**
 * Posts numbered deliveries into the pipe and writes down what was answered. It runs in the process of the harness, which no
 * fault touches.
 */
export class Oracle {
  readonly #settings: OracleSettings;
  readonly #ledger: Ledger;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS + 2 });
  readonly #stop = new AbortController();
  #next = 0;
  #workers: Promise<unknown> = Promise.resolve();

  constructor(settings: OracleSettings, ledger: Ledger) {
    this.#settings = settings;
    this.#ledger = ledger;
  }

  start(): void {
    this.#workers = Promise.all(Array.from({ length: CONNECTIONS }, (_, index) => this.#work(index)));
  }

  /** Resolves when no request is open any more. With `insist`, each delivery is first posted to its 200. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#workers;
    this.#agent.destroy();
  }

  /**
   * Posts one more delivery to each integration until it is answered 200.
   * @throws Error after the deadline.
   * @returns the deliveries.
   */
  async postFresh(deadlineMs: number): Promise<Delivery[]> {
    const wanted = new Set(this.#settings.paths.keys());
    const fresh: Delivery[] = [];
    const deadline = Date.now() + deadlineMs;
    while (wanted.size > 0) {
      const delivery = deliveryOf(this.#settings, this.#next++);
      if (
        !delivery.repeatable ||
        !wanted.has(delivery.integration) ||
        delivery.events.some(({ quarantined }) => quarantined)
      )
        continue;
      while (!(await this.#postOnce(delivery))) {
        if (Date.now() > deadline) throw new Error('A fresh webhook is not accepted after the faults ended');
        await pause(AGAIN_MS);
      }
      wanted.delete(delivery.integration);
      fresh.push(delivery);
    }
    this.#agent.destroy();
    return fresh;
  }

  async #work(index: number): Promise<void> {
    const { seed, rate } = this.#settings;
    const random = new Seeded(seed ^ (index + 1));
    const gapMs = (1000 * CONNECTIONS) / rate;
    while (!this.#stop.signal.aborted) {
      const started = performance.now();
      const delivery = deliveryOf(this.#settings, this.#next++);
      await this.#post(delivery);
      if (delivery.repeatable && random.below(REPEAT_ONE_IN) === 0) await this.#postOnce(delivery);
      await pause(Math.max(0, gapMs * (0.5 + random.below(100) / 100) - (performance.now() - started)));
    }
  }

  /** Posts a delivery, and again after an unknown outcome where a repetition is recognised. */
  async #post(delivery: Delivery): Promise<void> {
    for (;;) {
      if (await this.#postOnce(delivery)) return;
      await pause(AGAIN_MS);
      if (this.#settings.insist) continue;
      if (!delivery.repeatable || this.#stop.signal.aborted) return;
    }
  }

  /** @returns whether the answer was 200. */
  async #postOnce(delivery: Delivery): Promise<boolean> {
    this.#ledger.sent(delivery);
    const { status, text } = await this.#send(delivery);
    this.#ledger.answered(delivery, status, status === 200 && /"duplicate":[1-9]/.test(text));
    return status === 200;
  }

  #send({ integration, headers, body }: Delivery): Promise<{ status: number; text: string }> {
    return new Promise((resolve) => {
      const none = () => resolve({ status: 0, text: '' });
      const sent = request(
        {
          host: '127.0.0.1',
          port: this.#settings.port,
          path: this.#settings.paths.get(integration) ?? '/',
          method: 'POST',
          agent: this.#agent,
          timeout: ANSWER_MS,
          headers: {
            'content-type': 'application/json',
            'content-length': Buffer.byteLength(body),
            ...headers,
          },
        },
        (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (chunk: string) => {
            text += chunk;
          });
          response.on('end', () =>
            response.complete ? resolve({ status: response.statusCode ?? 0, text }) : none(),
          );
          response.on('error', none);
          response.on('close', none);
        },
      );
      sent.on('timeout', () => sent.destroy());
      sent.on('error', none);
      sent.end(body);
    });
  }
}
