import { describe, expect, test } from 'vitest';
import { findDailySlot, findMinuteSlot, findNextDaily } from '../../src/tasks/slots.ts';

const two = { hour: 2, minute: 30 };
const slot = (zone: string, instant: string) => findDailySlot(zone, two, new Date(instant));

describe('a daily job', () => {
  test('is due at its local time, named by the local date', () => {
    expect(slot('Europe/Berlin', '2026-03-01T01:30:00Z')).toEqual({
      slot: '2026-03-01',
      dueAt: new Date('2026-03-01T01:30:00Z'),
    });
    expect(slot('Asia/Tokyo', '2026-03-01T17:30:00Z').slot).toBe('2026-03-02');
  });

  test('that is not due yet today was last due yesterday', () => {
    expect(slot('Europe/Berlin', '2026-03-01T01:29:59Z').slot).toBe('2026-02-28');
  });

  test('in the gap of the spring night is due once, right after it', () => {
    expect(slot('Europe/Berlin', '2026-03-29T00:59:59Z').slot).toBe('2026-03-28');
    expect(slot('Europe/Berlin', '2026-03-29T01:30:00Z')).toEqual({
      slot: '2026-03-29',
      dueAt: new Date('2026-03-29T01:30:00Z'),
    });
  });

  test('in the hour that comes twice in autumn is one occasion', () => {
    const between = ['00:30', '00:59', '01:00', '01:30', '02:30'].map(
      (time) => slot('Europe/Berlin', `2026-10-25T${time}:00Z`).slot,
    );
    expect(new Set(between)).toEqual(new Set(['2026-10-25']));
  });

  test('keeps one occasion a local day in every zone, through a whole year', () => {
    for (const zone of [
      'Europe/Berlin',
      'America/New_York',
      'Australia/Lord_Howe',
      'America/Santiago',
      'Asia/Kathmandu',
      'UTC',
    ]) {
      const seen = new Set<string>();
      const faults: string[] = [];
      let last = '';
      for (
        let at = Date.parse('2026-01-01T12:00:00Z');
        at < Date.parse('2027-01-01T12:00:00Z');
        at += 97 * 60_000
      ) {
        const { slot: name, dueAt } = findDailySlot(zone, two, new Date(at));
        if (dueAt.getTime() > at) faults.push(`${name} is not due yet`);
        if (name !== last && seen.has(name)) faults.push(`${name} comes twice`);
        seen.add(name);
        last = name;
      }
      expect(faults).toEqual([]);
      expect(seen.size).toBeGreaterThanOrEqual(365);
    }
  });

  test('is next due tonight, or tomorrow night', () => {
    const next = (instant: string) => findNextDaily('Europe/Berlin', two, new Date(instant)).toISOString();
    expect(next('2026-03-01T00:00:00Z')).toBe('2026-03-01T01:30:00.000Z');
    expect(next('2026-03-01T01:30:00Z')).toBe('2026-03-02T01:30:00.000Z');
  });
});

test('a minute is named by itself', () => {
  expect(findMinuteSlot(new Date('2026-03-01T01:29:59.999Z')).slot).toBe('2026-03-01T01:29');
});
