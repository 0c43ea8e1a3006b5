import { rmSync } from 'node:fs';
import { now } from '../base/clock.ts';
import type { Config } from '../base/config.ts';
import { Conflict } from '../base/errors.ts';
import { findKeyAside, renewKeyFile } from '../base/installation-key.ts';
import { findOpener, listKeys, nameKey, open, seal } from '../base/secrets.ts';
import { alone } from '../db/alone.ts';
import type { Database } from '../db/pool.ts';
import type { FreshRow } from '../db/sealed-places.ts';
import { type Batch, eachBatch } from './sealed-places.ts';
import { countAll, type Lost, readSealedState } from './sealed-state.ts';

export type Rotation = {
  /** The name of the key in use. */
  key: string;
  resealed: number;
  /** Still sealed with a previous key: somebody wrote with it meanwhile. */
  left: number;
  lost: Lost[];
  /** The file of the previous key, while it is kept. */
  keptAside: string | null;
};

const ROTATION_LOCK = 7_213_401;
/** Texts that change while they are sealed again are taken up once more; this often at most. */
const ROUNDS = 10;
/** Longer than any statement may run: by then nobody writes any more what was sealed before the change. */
const ASIDE_MS = 60 * 60_000;

/**
 * Seals everything with the key in use; where the key lies in a file, a new one is made first. Each batch is written
 * at once and only over what has not changed, so it may be stopped anywhere and called again. Throws Conflict, with
 * nothing written, when something opens with no key that is here, unless that is to be left as it is.
 */
export async function rotateSecrets(
  database: Database,
  config: Config,
  { leaveLost }: { leaveLost: boolean },
): Promise<Rotation> {
  const rotation = await alone(database.url, ROTATION_LOCK, async () => {
    const { lost } = await readSealedState(database);
    if (lost.length > 0 && !leaveLost) throw new Conflict(describeLost(lost));
    if (!config.secretKey) renewKeyFile(config);
    const resealed = await resealAll(database);
    const { previous: left } = await readSealedState(database);
    const keptAside = letGoOfKeyAside(config, left);
    return { key: nameKey(listKeys()[0]!), resealed, left, lost, keptAside };
  });
  if (!rotation) throw new Conflict('Another process is sealing the secrets again. Wait for it to end.');
  return rotation;
}

async function resealAll(database: Database): Promise<number> {
  let resealed = 0;
  for (let round = 1; round <= ROUNDS; round++) {
    let missed = 0;
    for await (const batch of eachBatch(database)) {
      const counts = await resealBatch(database, batch);
      resealed += counts.written;
      missed += counts.missed;
    }
    if (missed === 0) break;
  }
  return resealed;
}

async function resealBatch(
  database: Database,
  { place, workspaceId, rows }: Batch,
): Promise<{ written: number; missed: number }> {
  const fresh = rows.map(({ id, texts }): FreshRow => {
    const contexts = (field: string) => place.contextOf({ workspaceId, id, field });
    return { id, ...resealTexts(texts, contexts) };
  });
  const wanted = fresh.filter(({ old }) => Object.keys(old).length > 0);
  const written = new Set(await place.replace(database.db, workspaceId, wanted));
  const missed = wanted.filter(({ id }) => !written.has(id));
  return { written: countTexts(wanted) - countTexts(missed), missed: missed.length };
}

/** Without those that no key of ours opens. */
function resealTexts(
  texts: Record<string, string>,
  contextOf: (field: string) => string,
): Pick<FreshRow, 'old' | 'fresh'> {
  const ours = Object.entries(texts).filter(([field, sealed]) => findOpener(sealed, contextOf(field)));
  const fresh = ours.map(([field, sealed]) => [
    field,
    seal(open(sealed, contextOf(field)), contextOf(field)),
  ]);
  return { old: Object.fromEntries(ours), fresh: Object.fromEntries(fresh) };
}

function countTexts(rows: FreshRow[]): number {
  return rows.reduce((sum, { old }) => sum + Object.keys(old).length, 0);
}

/** The previous key goes when nothing needs it and nobody can still be writing with it. */
function letGoOfKeyAside(config: Config, left: number): string | null {
  const aside = config.secretKey ? null : findKeyAside(config);
  if (!aside) return null;
  if (left > 0 || now().getTime() - aside.since.getTime() < ASIDE_MS) return aside.file;
  rmSync(aside.file);
  return null;
}

function describeLost(lost: Lost[]): string {
  const places = lost.map(
    ({ place, key, values }) => `${values} in ${place}, ${key ? `key ${key}` : 'a key without a name'}`,
  );
  const here = listKeys().map(nameKey).join(', ');
  return (
    `${countAll(lost)} sealed values open with no key that is here (${here}): ${places.join('; ')}. Nothing was ` +
    'changed. Give their key as SECRET_KEY_PREVIOUS. If it is lost, enter these credentials again, or leave the ' +
    'values as they are with --leave-lost.'
  );
}
