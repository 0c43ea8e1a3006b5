import type { PersonRow } from '../../reports/people.sql.ts';
import type { Role } from '../page.ts';
import { formatAgo, formatDateTime, formatMoney, formatNumber, isoOf, mask } from './format.ts';

/** Who looks, and in which zone and currency the business thinks. */
export type Eyes = { role: Role; timezone: string; currency: string };

export type PersonRowModel = {
  href: string;
  name: string;
  address: string;
  country: string;
  orders: string;
  netRevenue: string;
  lifecycle: string;
  lastSeen: string;
  lastSeenIso: string;
};

const ROWS: Record<string, string> = {
  '0': 'No order',
  '1': 'One order',
  '2': 'Two orders',
  '3plus': 'Three or more',
};
const STAGES: Record<string, string> = { active: 'active', 'at-risk': 'at risk', churned: 'churned' };
export const LIFECYCLES = Object.keys(ROWS).flatMap((row) =>
  Object.keys(STAGES).map((stage) => `${row}-${stage}`),
);

export function personRow(row: PersonRow, eyes: Eyes): PersonRowModel {
  return {
    href: `/people/${row.id}`,
    name: nameOf(row, eyes),
    address: addressOf(row, eyes),
    country: row.country ?? '–',
    orders: formatNumber(row.orders),
    netRevenue: formatMoney(row.netRevenue, eyes.currency),
    lifecycle: row.lifecycle ? lifecycleName(row.lifecycle) : '–',
    lastSeen: formatAgo(row.lastSeenAt),
    lastSeenIso: isoOf(row.lastSeenAt),
  };
}

/** What to call somebody: their name, else where they can be reached, else what they are to us. */
export function nameOf(row: Pick<PersonRow, 'name' | 'email' | 'phone' | 'account'>, eyes: Eyes): string {
  if (row.name) return unveil(row.name, eyes);
  const reached = row.email ?? row.phone;
  if (reached) return unveilAddress(reached, eyes);
  return row.account ? `Account ${unveil(row.account, eyes)}` : 'Somebody without a name';
}

/** `2-at-risk` in words. */
export function lifecycleName(cell: string): string {
  const [row = '', ...stage] = cell.split('-');
  return `${ROWS[row] ?? row}, ${STAGES[stage.join('-')] ?? stage.join(' ')}`;
}

/** `order_placed` in words; what an SDK called otherwise stays as it was called. */
export function eventTitle(name: string): string {
  const words = name.replaceAll('_', ' ');
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}

export function moment(at: Date | null, eyes: Eyes): { text: string; iso: string; ago: string } {
  return { text: formatDateTime(at, eyes.timezone), iso: isoOf(at), ago: formatAgo(at) };
}

export function unveilAddress(value: string, { role }: Eyes): string {
  return role === 'viewer' ? mask(value) : value;
}

const ADDRESS = /[^\s@"<>]+@[^\s@"<>]+\.[^\s@"<>]+/g;
const PHONE = String.raw`\+?[\d\s()/.-]{7,}`;
const IS_PHONE = new RegExp(`^${PHONE}$`);
/** As the sentence of a rule sets a value, and as JSON does. */
const QUOTED_PHONE = new RegExp(`(?<=[“"])${PHONE}(?=[”"])`, 'g');
const IS_DAY = /^\d{4}-\d{2}-\d{2}/;

/** Any text of a person: a viewer does not see the addresses in it, wherever they stand. */
export function unveil(value: string, { role }: Eyes): string {
  if (role !== 'viewer') return value;
  if (IS_PHONE.test(value)) return maskPhone(value);
  return value.replaceAll(ADDRESS, mask).replaceAll(QUOTED_PHONE, maskPhone);
}

function maskPhone(value: string): string {
  return IS_DAY.test(value) ? value : mask(value);
}

/** A value of a trait or property, in one line. */
export function valueText(name: string, value: unknown, eyes: Eyes): string {
  if (typeof value === 'string')
    return /phone/i.test(name) ? unveilAddress(value, eyes) : unveil(value, eyes);
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return unveil(JSON.stringify(value) ?? '–', eyes);
}

function addressOf(row: PersonRow, eyes: Eyes): string {
  const reached = row.email ?? row.phone;
  return reached ? unveilAddress(reached, eyes) : '–';
}
