import { describe, expect, it } from 'vitest';
import { runProgram } from '../helpers/program.js';
import { TapHome } from '../helpers/tap.js';

describe('url list', () => {
  it('lists the URLs of all integrations, or of the one that is named', async () => {
    const home = new TapHome(['shop', 'news']);
    for (const name of ['shop', 'news']) expect((await home.run('url', 'create', name)).code).toBe(0);
    const listed = async (...name: string[]) => {
      const { stdout } = await home.run('url', 'list', ...name, '--json');
      return JSON.parse(stdout).urls.map((url: { integration: string }) => url.integration);
    };
    expect(await listed()).toEqual(['shop', 'news']);
    expect(await listed('news')).toEqual(['news']);
  });
});

describe('consumers drop', () => {
  it('names the consumer that was probably meant', async () => {
    const home = new TapHome();
    await home.fill('shop', { n: 1 });
    expect((await home.run('drain')).code).toBe(0);
    const { code, stderr } = await home.run('consumers', 'drop', 'defalt');
    expect(code).toBe(1);
    expect(stderr).toContain('There is no consumer defalt');
    expect(stderr).toContain('Did you mean default?');
  });
});

describe('a mistyped setting', () => {
  it.each([['url', 'create', 'shop'], ['url', 'list'], ['consumers', 'list'], ['status']])(
    'is refused by %s %s',
    async (...words) => {
      const home = new TapHome(['shop'], { publik_url: 'https://hooks.example.com' });
      const { code, stderr } = await home.run(...words.filter((word) => word !== undefined));
      expect(code).toBe(1);
      expect(stderr).toContain('`publik_url` is not a setting: did you mean public_url?');
    },
  );
});

describe('the help of a command', () => {
  it.each([
    [[], 'tap-webhooks drain --config'],
    [['url'], 'tap-webhooks url create shop'],
    [['url', 'list'], 'tap-webhooks url list --config'],
    [['consumers', 'drop'], 'tap-webhooks consumers drop archive'],
  ])('shows an example for %j', async (command, example) => {
    const { code, stdout } = await runProgram('tap-webhooks', [...command, '--help']);
    expect(code).toBe(0);
    expect(stdout).toContain(example);
  });
});

describe('a mistyped word', () => {
  it.each([
    ['url creat shop', 'Did you mean create?'],
    ['ulr list', 'Did you mean url in place of ulr?'],
    ['consumers lst', 'Did you mean list?'],
    ['statsu', 'Did you mean status?'],
    ['drian', 'Did you mean drain?'],
    ['url', 'Say what to do with `url`: create, list, revoke.'],
  ])('is answered with the known words: %s', async (line, answer) => {
    const { code, stderr } = await runProgram('tap-webhooks', line.split(' '));
    expect(code).toBe(1);
    expect(stderr).toContain(answer);
  });
});
