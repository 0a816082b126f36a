import { describe, expect, it } from 'vitest';
import { tapConfig } from './tap-config.js';

describe('the config', () => {
  it('may be empty', () => {
    expect(tapConfig({})).toEqual({
      integrations: [],
      inbox_path: 'inbox',
      require_durable_inbox: false,
      host: '127.0.0.1',
      port: 8080,
      mode: 'listen',
      consumer: 'default',
      state_interval_seconds: 10,
      state_interval_records: 10_000,
      retention_days: 7,
      dedupe_days: 30,
      emit_key: 'integration',
    });
  });

  it('takes an integration of two lines', () => {
    const { integrations } = tapConfig({
      integrations: [{ display_name: 'Stitch Delighted', provider: 'delighted' }],
    });
    expect(integrations).toEqual([
      {
        display_name: 'Stitch Delighted',
        provider: 'delighted',
        max_map_keys: 100,
        max_quarantine_bytes: 1_000_000_000,
        on_malformed: 'refuse',
      },
    ]);
  });

  it.each([
    [{ public_url: 'hooks.example.com' }, 'public_url'],
    [{ public_url: 'https://hooks.example.com?x=1' }, 'public_url'],
    [{ public_url: 'ftp://hooks.example.com' }, 'public_url'],
    [{ port: 65_536 }, 'port'],
    [{ mode: 'watch' }, 'mode'],
    [{ consumer: 'a/b' }, 'consumer'],
    [{ state_interval_seconds: 0 }, 'state_interval_seconds'],
    [{ retention_days: -1 }, 'retention_days'],
    [{ emit_key: 'all' }, 'emit_key'],
    [
      { integrations: [{ name: 'shop', provider: 'webhooks', secret: 'x' }] },
      'unknown property: secret (did you mean secrets?)',
    ],
    [{ integrations: [{ name: 'Shop', provider: 'webhooks' }] }, 'integrations[0].name'],
    [{ integrations: [{ name: 'shop' }] }, "'provider'"],
    [{ integrations: [{ name: 'shop', provider: 'unheard-of' }] }, 'delighted, vero, github, '],
    [{ integrations: [{ name: 'shop', provider: 'delightd' }] }, 'webhooks (did you mean delighted?)'],
    [
      { integrations: [{ name: 'shop', provider: 'webhooks', body_limit_bytes: 50_000_001 }] },
      '`integrations[0].body_limit_bytes` must be <= 50000000',
    ],
    [{ mode: 'drian' }, 'drain (did you mean drain?)'],
    [{ retention_day: 1 }, '`retention_day` is not a setting: did you mean retention_days?'],
    [
      { stream_maps: { 'shop-data': { email: null } } },
      '`stream_maps` is not obeyed here: events are emitted as',
    ],
    [{ flattening_enabled: true }, '`flattening_enabled` is not obeyed here: events are emitted as'],
  ])('refuses %j', (given, named) => {
    expect(() => tapConfig(given)).toThrow(named);
  });
});
