import { describe, expect, it } from 'vitest';
import { ConfirmedClock } from '../../../packages/tap-webhooks/dist/inbox/clock.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** 2026-01-01T00:00:00.000Z */
const START = 1_767_225_600_000;

/** A clock whose wall time can be set, and whose process runs for as long as it is told. */
function clockAt(wall: number, confirmed: number) {
  const time = { wall, monotonic: 5000 };
  const clock = new ConfirmedClock(
    confirmed,
    () => time.wall,
    () => time.monotonic,
  );
  clock.now();
  return {
    now: () => clock.now(),
    /** Lets time pass, and asks for it once a minute as trimming does. */
    run(ms: number) {
      for (let passed = 0; passed < ms; passed += MINUTE) {
        time.wall += MINUTE;
        time.monotonic += MINUTE;
        clock.now();
      }
    },
    step(ms: number) {
      time.wall += ms;
      clock.now();
    },
  };
}

describe('the confirmed time', () => {
  it('the confirmed time is the clock when nothing is stored', () => {
    expect(clockAt(START, 0).now()).toBe(START);
  });

  it('the confirmed time is the clock when the process was away for some minutes only', () => {
    expect(clockAt(START + 9 * MINUTE, START).now()).toBe(START + 9 * MINUTE);
  });

  it('the confirmed time goes on from the stored one for an hour when the process was away for days', () => {
    const clock = clockAt(START + 2 * DAY, START);
    clock.run(59 * MINUTE);
    expect(clock.now()).toBe(START + 59 * MINUTE);
    clock.run(MINUTE);
    expect(clock.now()).toBe(START + 2 * DAY + HOUR);
  });

  it('the confirmed time does not follow a clock that is 40 days ahead for a while', () => {
    const clock = clockAt(START, 0);
    clock.run(HOUR);
    clock.step(40 * DAY);
    clock.run(50 * MINUTE);
    expect(clock.now()).toBe(START + HOUR + 50 * MINUTE);
    clock.step(-40 * DAY);
    expect(clock.now()).toBe(START + HOUR + 50 * MINUTE);
  });

  it('the confirmed time follows a clock that was ahead for an hour without another step', () => {
    const clock = clockAt(START, 0);
    clock.step(40 * DAY);
    clock.run(30 * MINUTE);
    clock.step(DAY);
    clock.run(59 * MINUTE);
    expect(clock.now()).toBe(START + 89 * MINUTE);
    clock.run(MINUTE);
    expect(clock.now()).toBe(START + 41 * DAY + 90 * MINUTE);
  });

  it('the confirmed time follows a clock that is set back at once', () => {
    const clock = clockAt(START, 0);
    clock.run(HOUR);
    clock.step(-30 * DAY);
    expect(clock.now()).toBe(START + HOUR - 30 * DAY);
  });
});
