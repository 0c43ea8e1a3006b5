import type { AuditRow } from '../../staff/audit.ts';
import type { Colleague } from '../../staff/colleagues.ts';
import type { KeyRow } from '../../staff/keys.ts';
import type { Link } from '../../staff/links.ts';
import type { SessionRow } from '../../staff/sessions.ts';
import { countAll, type SealedState } from '../../tasks/sealed-state.ts';
import { ACTIONS } from './audit-words.ts';
import { formatAgo, formatDateTime, isoOf, plural } from './format.ts';

const TABS = [
  { label: 'Workspace', href: '/settings' },
  { label: 'Colleagues', href: '/settings/colleagues' },
  { label: 'Keys', href: '/settings/keys' },
  { label: 'Dictionary', href: '/dictionary' },
  { label: 'Audit log', href: '/settings/audit' },
];

export const ROLE_OPTIONS = [
  { value: 'viewer', label: 'Viewer: reads, sees addresses masked' },
  { value: 'marketer', label: 'Marketer: also segments, messages, imports' },
  { value: 'admin', label: 'Admin: also sources, colleagues, keys' },
];

export function settingsTabs(current: string) {
  return TABS.map((tab) => ({ ...tab, isCurrent: tab.href === current }));
}

/** What is to be done about secrets that are not sealed with the key in use; null where there is nothing. */
export function sealedNotice({ previous, lost }: SealedState): string | null {
  const gone = countAll(lost);
  if (gone > 0)
    return `${plural(gone, 'stored secret')} of this business cannot be opened: the key is missing that sealed ${gone === 1 ? 'it' : 'them'}. Whoever runs the product sets that key as SECRET_KEY_PREVIOUS. If it is lost, enter the credentials of your sources again.`;
  if (previous > 0)
    return `${plural(previous, 'stored secret')} of this business ${previous === 1 ? 'is' : 'are'} still sealed with the previous key of this installation. Whoever runs the product finishes the change with “npm run cli -- secrets rotate”; until then it needs both keys.`;
  return null;
}

export function colleagueModel(colleague: Colleague, userId: string) {
  const { isDisabled, lastSeenAt, ...row } = colleague;
  const state = isDisabled ? { kind: 'off', text: 'Account closed' } : { kind: 'good', text: 'Active' };
  return {
    ...row,
    isDisabled,
    isMe: colleague.userId === userId,
    state,
    seen: formatAgo(lastSeenAt),
    seenAt: isoOf(lastSeenAt),
  };
}

export function invitationModel({ id, email, role, expiresAt }: Link) {
  return { id, email, role, expires: formatAgo(expiresAt) };
}

export function keyModel(key: KeyRow, zone: string) {
  return {
    id: key.id,
    name: key.name,
    kind: key.kind === 'write' ? 'Write key' : 'API key',
    ending: `…${key.lastFour}`,
    created: formatDateTime(key.createdAt, zone),
    used: formatAgo(key.lastUsedAt),
  };
}

export function sessionModel(session: SessionRow, zone: string) {
  const { ref, address, isThis } = session;
  return {
    ref,
    address,
    isThis,
    since: formatDateTime(session.startedAt, zone),
    browser: browserOf(session.agent),
  };
}

export function auditModel(row: AuditRow, zone: string) {
  const details = Object.entries(row.details ?? {}).map(
    ([name, value]) => `${name}: ${Array.isArray(value) ? value.join(', ') : value}`,
  );
  return {
    at: formatDateTime(row.at, zone),
    iso: isoOf(row.at),
    who: row.userName ?? 'The schedule',
    what: ACTIONS[row.action] ?? row.action,
    about: [row.subject, ...details].filter(Boolean).join(' · '),
    address: row.address ?? '',
  };
}

function browserOf(agent: string): string {
  const browser = /(Firefox|Edg|OPR|Chrome|Safari)\/[\d.]+/.exec(agent)?.[1] ?? 'A program';
  const system = /Windows|Mac OS X|Android|iPhone|iPad|Linux/.exec(agent)?.[0];
  const name = { Edg: 'Edge', OPR: 'Opera' }[browser] ?? browser;
  return system ? `${name} on ${system.replace('Mac OS X', 'macOS')}` : name;
}
