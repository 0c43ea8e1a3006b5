import type { Scope } from '../db/doors.ts';
import {
  countActive,
  countActiveByDay,
  countEventsByDay,
  countNewPeopleByDay,
  countPeople,
  type DayCount,
} from './activity.sql.ts';
import { type DayMoney, sumOrdersByDay } from './orders.sql.ts';
import type { Period } from './periods.ts';

/** One figure of the home board: the period, the one before, and its days. */
export type Kpi = {
  key: string;
  title: string;
  unit: 'count' | 'money' | 'percent';
  /** null: an average or a rate of nothing. */
  value: number | null;
  /** null: there is nothing to compare with. */
  previous: number | null;
  /** By local day of the period; empty where a day says nothing (averages, rates). */
  days: number[];
  previousDays: number[];
};

const EVENT_NAMES = ['signed_up', 'email_sent', 'email_delivered', 'email_opened', 'email_clicked'];

/** All figures of the home board for a period, in the order they are shown. */
export async function readKpis({ db, workspace }: Scope, period: Period): Promise<Kpi[]> {
  const both = { workspaceId: workspace.id, zone: period.zone, from: period.previousFrom, to: period.to };
  const people = await countPeople(db, workspace.id);
  const newPeople = await countNewPeopleByDay(db, both);
  const activeDays = await countActiveByDay(db, both);
  const active = await countActive(db, { ...both, from: period.from });
  const activeBefore = await countActive(db, { ...both, to: period.from });
  const byDay = await countEventsByDay(db, both, EVENT_NAMES);
  const money = await sumOrdersByDay(db, { ...both, currency: workspace.currency });
  return [
    peopleKpi(people, newPeople, period),
    {
      ...counted('active', 'Active people', 'people', activeDays, period),
      value: active,
      previous: activeBefore,
    },
    counted('signups', 'Signups', 'events', named(byDay, 'signed_up'), period),
    ...moneyKpis(money, period),
    ...emailKpis(byDay, period),
  ];
}

function peopleKpi(people: number, newPeople: { day: string; people: number }[], period: Period): Kpi {
  const added = counted('people', 'People', 'people', newPeople, period);
  const running = added.days.map((_, index) => people - sum(added.days.slice(index + 1)));
  return { ...added, value: people, previous: people - sum(added.days), days: running, previousDays: [] };
}

function moneyKpis(money: DayMoney[], period: Period): Kpi[] {
  const revenue = counted('revenue', 'Net revenue', 'net', money, period);
  const orders = counted('orders', 'Orders', 'orders', money, period);
  const average = (kpi: 'value' | 'previous') => ratio(revenue[kpi] ?? 0, orders[kpi] ?? 0);
  return [
    { ...revenue, unit: 'money' },
    orders,
    {
      key: 'average-order',
      title: 'Average order',
      unit: 'money',
      value: average('value'),
      previous: average('previous'),
      days: [],
      previousDays: [],
    },
  ];
}

function emailKpis(byDay: DayCount[], period: Period): Kpi[] {
  const total = (name: string) => counted(name, name, 'events', named(byDay, name), period);
  const sent = total('email_sent');
  const rate = (key: string, title: string, name: string): Kpi => {
    const hits = total(name);
    return {
      key,
      title,
      unit: 'percent',
      value: ratio(hits.value ?? 0, sent.value ?? 0),
      previous: ratio(hits.previous ?? 0, sent.previous ?? 0),
      days: hits.days.map((one, index) => ratio(one, sent.days[index] ?? 0) ?? 0),
      previousDays: [],
    };
  };
  return [
    { ...sent, key: 'emails', title: 'Emails sent' },
    rate('opens', 'Email open rate', 'email_opened'),
    rate('clicks', 'Email click rate', 'email_clicked'),
  ];
}

/** Days without a row count nothing; the total of a period is the sum of its days. */
function counted<Row extends { day: string }>(
  key: string,
  title: string,
  field: keyof Row,
  rows: Row[],
  period: Period,
): Kpi {
  const byDay = new Map(rows.map((row) => [row.day, Number(row[field])]));
  const days = period.dates.map((day) => byDay.get(day) ?? 0);
  const previousDays = period.previousDates.map((day) => byDay.get(day) ?? 0);
  return { key, title, unit: 'count', value: sum(days), previous: sum(previousDays), days, previousDays };
}

function named(rows: DayCount[], name: string): DayCount[] {
  return rows.filter((row) => row.name === name);
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}
