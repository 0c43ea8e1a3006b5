import { DateTime } from 'luxon';

/** The hour of a local day at which something is done: `02:00`. */
export type LocalTime = { hour: number; minute: number };

/** The last time a daily job was due: the local date that names it, and the instant. */
export type Slot = { slot: string; dueAt: Date };

/**
 * The latest occasion at or before `at`. In the night a clock goes forward over the hour, it is the first instant
 * after the gap; in the night the hour comes twice it is one occasion all the same, as the date names it.
 */
export function findDailySlot(timezone: string, time: LocalTime, at: Date): Slot {
  const today = DateTime.fromJSDate(at, { zone: timezone });
  const slots = [today, today.minus({ days: 1 })].map((day) => slotOf(day, time));
  return slots.find((slot) => slot.dueAt <= at) ?? slots[1]!;
}

/** The minute of an instant, as a name. */
export function findMinuteSlot(at: Date): Slot {
  const minute = new Date(Math.floor(at.getTime() / 60_000) * 60_000);
  return { slot: minute.toISOString().slice(0, 16), dueAt: minute };
}

/** The next occasion after `at`, for the eye. */
export function findNextDaily(timezone: string, time: LocalTime, at: Date): Date {
  const today = DateTime.fromJSDate(at, { zone: timezone });
  const days = [today, today.plus({ days: 1 })].map((day) => slotOf(day, time).dueAt);
  return days.find((dueAt) => dueAt > at) ?? days[1]!;
}

/**
 * Reckoned from the day's noon, which comes once, to its midnight, and on from there: so the first of two equal
 * local times is meant whatever the present is, and one that does not exist moves forward by the gap.
 */
function slotOf(day: DateTime, time: LocalTime): Slot {
  const slot = day.toFormat('yyyy-MM-dd');
  const midnight = DateTime.fromISO(`${slot}T12:00`, { zone: day.zone }).startOf('day');
  return { slot, dueAt: midnight.set(time).toJSDate() };
}
