import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { records, singer, states, TapHome } from '../../helpers/tap.js';

interface Catalog {
  streams: Array<{
    tap_stream_id: string;
    metadata: Array<{ breadcrumb: string[]; metadata: { selected?: boolean; inclusion?: string } }>;
  }>;
}

async function discovered(home: TapHome): Promise<Catalog> {
  return JSON.parse((await home.run('--discover')).stdout);
}

function writeCatalog(home: TapHome, catalog: Catalog): string {
  const path = join(home.folder, 'catalog.json');
  writeFileSync(path, JSON.stringify(catalog));
  return path;
}

function deselect(catalog: Catalog, stream: string, ...breadcrumb: string[]): void {
  for (const entry of catalog.streams.filter((entry) => entry.tap_stream_id === stream))
    for (const item of entry.metadata)
      if (JSON.stringify(item.breadcrumb) === JSON.stringify(breadcrumb)) item.metadata.selected = false;
}

describe('an integration', () => {
  it('that is gone from the config while events of it wait is refused by receiver and pipe', async () => {
    const home = new TapHome(['shop', 'news']);
    await home.fill('news', { n: 1 });
    await home.run('drain');
    home.configure(['shop']);
    for (const mode of ['receive', 'listen', 'drain']) {
      const { code, stderr } = await home.run(mode);
      expect(code).toBe(1);
      expect(stderr).toContain('The inbox still holds undelivered events of news');
    }
  });

  it('may go once everything of it is confirmed', async () => {
    const home = new TapHome(['shop', 'news']);
    await home.fill('news', { n: 1 });
    writeFileSync(home.state, `${states((await home.run('drain')).lines).at(-1)}\n`);
    await home.run('drain', '--state', home.state);
    home.configure(['shop']);
    await home.fill('shop', { n: 2 });
    expect(records((await home.run('drain', '--state', home.state)).lines)).toMatchObject([{ n: 2 }]);
  });
});

describe('a pipe whose config has fewer integrations', () => {
  it('takes only those; the rest is kept, and reported', async () => {
    const home = new TapHome(['shop', 'news']);
    await home.fill('shop', { n: 1 });
    await home.fill('news', { n: 2 });
    home.configure(['shop']);
    expect(records((await home.run('drain')).lines).map(({ n }) => n)).toEqual([1]);
    const { consumers } = JSON.parse((await home.run('consumers', 'list', '--json')).stdout);
    expect(consumers).toMatchObject([{ consumer: 'default', streams: ['shop-data'] }]);
    expect((await home.run('status')).stdout).toContain('news-data: no consumer takes this stream');
  });
});

describe('--discover', () => {
  it('describes what is configured before the first event, and tolerates --state', async () => {
    const home = new TapHome();
    const { code, stdout } = await home.run('--discover', '--state', home.state);
    expect(code).toBe(0);
    const [stream] = JSON.parse(stdout).streams;
    expect(stream).toMatchObject({
      tap_stream_id: 'shop-data',
      stream: 'shop-data',
      key_properties: ['__sdc_primary_key'],
    });
    expect(stream.metadata).toContainEqual({
      breadcrumb: ['properties', '_sdc_position'],
      metadata: { inclusion: 'automatic', selected: true },
    });
  });
});

describe('a catalog', () => {
  it('as it was discovered selects everything', async () => {
    const home = new TapHome();
    await home.fill('shop', { n: 1 });
    const catalog = writeCatalog(home, await discovered(home));
    expect(records((await home.run('drain', '--catalog', catalog)).lines)).toMatchObject([{ n: 1 }]);
  });

  it('without a stream leaves its events in the inbox, for whoever takes it', async () => {
    const home = new TapHome(['shop', 'news'], { retention_days: 0 });
    await home.fill('shop', { n: 1 });
    await home.fill('news', { n: 2 });
    const discoveredCatalog = await discovered(home);
    deselect(discoveredCatalog, 'news-data');
    const catalog = writeCatalog(home, discoveredCatalog);
    const { lines } = await home.run('drain', '--catalog', catalog);
    expect(records(lines).map(({ n }) => n)).toEqual([1]);
    expect(singer(lines).every((line) => line.stream !== 'news-data')).toBe(true);
    writeFileSync(home.state, `${states(lines).at(-1)}\n`);
    await home.run('drain', '--catalog', catalog, '--state', home.state);
    const { streams } = JSON.parse((await home.run('status', '--json')).stdout);
    expect(streams).toContainEqual(expect.objectContaining({ stream: 'news-data', kept: 1, taken_by: [] }));
    expect(streams).toContainEqual(expect.objectContaining({ stream: 'shop-data', kept: 0 }));
    expect(records((await home.run('drain', '--state', home.state)).lines).map(({ n }) => n)).toEqual([2]);
  });

  it('without a property leaves it out of SCHEMA and RECORD; identity stays', async () => {
    const home = new TapHome();
    await home.fill('shop', '{"n":1234567890123456789,"secret":{"a":1},"text":"\\u006D"}');
    const discoveredCatalog = await discovered(home);
    deselect(discoveredCatalog, 'shop-data', 'properties', 'secret');
    deselect(discoveredCatalog, 'shop-data', 'properties', '_sdc_position');
    const { stdout } = await home.run('drain', '--catalog', writeCatalog(home, discoveredCatalog));
    expect(stdout).not.toContain('secret');
    expect(stdout).toContain('"record":{"n":1234567890123456789,"text":"\\u006D",');
    expect(stdout).toContain('"_sdc_position":1}');
  });
});

describe('--test', () => {
  it('ends after the first record of each stream, prints no STATE and registers nobody', async () => {
    const home = new TapHome(['shop', 'news']);
    await home.fill('shop', { n: 1 }, { n: 2 });
    const { code, lines } = await home.run('--test');
    expect(code).toBe(0);
    expect(singer(lines).map(({ type, stream }) => [type, stream])).toEqual([
      ['SCHEMA', 'news-data'],
      ['SCHEMA', 'shop-data'],
      ['RECORD', 'shop-data'],
    ]);
    expect(JSON.parse((await home.run('consumers', 'list', '--json')).stdout)).toEqual({ consumers: [] });
  });

  it('ends without inbox and traffic too', async () => {
    const { code, lines } = await new TapHome().run('--test');
    expect(code).toBe(0);
    expect(singer(lines).map(({ type }) => type)).toEqual(['SCHEMA']);
  });

  it('prints schemas alone when asked for them', async () => {
    const home = new TapHome();
    await home.fill('shop', { n: 1 });
    expect(singer((await home.run('--test=schema')).lines).map(({ type }) => type)).toEqual(['SCHEMA']);
  });
});
