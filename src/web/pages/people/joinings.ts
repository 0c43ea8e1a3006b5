import type { Scope } from '../../../db/doors.ts';
import { loadFormerIds } from '../../../flow/identify/by-hand.sql.ts';
import { loadIdentifiersOf } from '../../../flow/identify/identifiers.sql.ts';
import { identifierOf } from '../../../flow/identify/kinds.ts';
import { loadLinksAt } from '../../../flow/identify/links.sql.ts';
import { loadLedger } from '../../../flow/identify/merges.sql.ts';
import type { Joining } from '../../models/merges.ts';
import { type Eyes, unveil } from '../../models/people.ts';

const MAX_LEDGER = 500;
const WHY_APART: Record<string, string> = {
  limit: 'would be more than one person has',
  parted: 'a colleague said that they are two people',
  'shared device': 'a device that several people use',
};

/** Each profile that joined this one, what came from it, and the link that caused it, the newest first. */
export async function loadJoinings({ db, workspace }: Scope, profileId: string): Promise<Joining[]> {
  const former = await loadFormerIds(db, workspace.id, profileId);
  const ledger = await loadLedger(db, workspace.id, [profileId, ...former.map(({ id }) => id)], MAX_LEDGER);
  const identifiers = await loadIdentifiersOf(db, workspace.id, [profileId]);
  return former
    .flatMap(({ id }) => {
      const entry = ledger.find((row) => row.fromProfileId === id && row.change === 'join');
      const came = identifiers.filter(({ homeId }) => homeId === id);
      return entry?.at && came.length > 0
        ? [{ formerId: id, at: entry.at, cause: entry.cause, identifiers: came }]
        : [];
    })
    .sort((a, b) => b.at.getTime() - a.at.getTime());
}

/** Links that were seen and do not join, with the reason. */
export async function loadConflicts({ db, workspace }: Scope, profileId: string, eyes: Eyes) {
  const identifiers = await loadIdentifiersOf(db, workspace.id, [profileId]);
  const links = await loadLinksAt(db, workspace.id, identifiers, 'skip');
  const refused = new Map(
    links.filter(({ refused: reason }) => reason !== null).map((link) => [`${link.a} ${link.b}`, link]),
  );
  return [...refused.values()].slice(0, 100).map(({ a, b, refused: reason }) => ({
    one: unveil(identifierOf(a).value, eyes),
    other: unveil(identifierOf(b).value, eyes),
    reason: WHY_APART[reason ?? ''] ?? reason,
  }));
}
