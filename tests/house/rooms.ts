import path from 'node:path';
import { getTableName, is } from 'drizzle-orm';
import { PgTable } from 'drizzle-orm/pg-core';
import { codeOf, importsOf, ROOT, type Sources, statementsOf } from './sources.ts';

/** From the top of the house down: code imports from its own room and those before it. */
export const ROOMS = [
  'base',
  'connectors',
  'db',
  'demo',
  'flow/collect',
  'flow/identify',
  'flow/profile',
  'flow/score',
  'flow/segment',
  'flow/send',
  'reports',
  'staff',
  'tasks',
  'web',
];

/** Rooms that see less than all above them: a connector cannot look into the database, nor the demo business. */
const SEES_ONLY: Record<string, string[]> = { connectors: ['base'], demo: ['base'], db: ['base'] };

const FRONT_DOORS = ['src/server.ts', 'src/cli.ts'];

export function roomOf(file: string): string | null {
  return ROOMS.find((room) => file.startsWith(`src/${room}/`)) ?? null;
}

/** Imports that point down the house, at a front door, or out of a closed room. */
export function findWrongDirections(sources: Sources): string[] {
  return codeOf(sources).flatMap(([file, code]) =>
    importsOf(file, code)
      .filter(({ from }) => from.startsWith('src/') && !mayImport(file, from))
      .map(({ from }) => `${file} imports ${from}`),
  );
}

function mayImport(file: string, from: string): boolean {
  if (FRONT_DOORS.includes(from)) return false;
  const room = roomOf(file);
  const target = roomOf(from);
  if (room === null) return true;
  if (target === null) return false;
  if (room === target) return true;
  return SEES_ONLY[room]?.includes(target) ?? ROOMS.indexOf(target) < ROOMS.indexOf(room);
}

/** A table as the code knows it (`rawEvents`), as SQL does (`raw_events`), and the room that owns it. */
export type Table = { exported: string; name: string; schema: string; room: string };

/** Reads the schema: one file a room, or several that begin with its name (`collect-examples`). */
export async function readTables(files: string[]): Promise<Table[]> {
  const read = files.map(async (file) => {
    const schema = file.replace(/^.*\//, '').replace(/(-[a-z-]+)?\.ts$/, '');
    const room = ROOMS.find((name) => name === schema || name === `flow/${schema}`) ?? schema;
    const module: Record<string, unknown> = await import(path.join(ROOT, file));
    return Object.entries(module).flatMap(([exported, value]) =>
      is(value, PgTable) ? [{ exported, name: getTableName(value), schema: file, room }] : [],
    );
  });
  return (await Promise.all(read)).flat();
}

export type Permissions = { writers: Record<string, string[]>; everyTable: string[] };

/**
 * Uses of a table that its place forbids: reading one of a room further down, writing one of another room.
 * `writers` names other files or rooms that may write a table, `everyTable` files that may touch all of them.
 */
export function findWrongTableUses(sources: Sources, tables: Table[], permissions: Permissions): string[] {
  return codeOf(sources).flatMap(([file, code]) => {
    const room = roomOf(file);
    if (room === null || file.startsWith('src/db/schema/') || permissions.everyTable.includes(file))
      return [];
    return [
      ...findLaterReads(file, room, code, tables),
      ...findForeignWrites(file, room, code, { tables, permissions }),
    ];
  });
}

function findLaterReads(file: string, room: string, code: string, tables: Table[]): string[] {
  const imported = importsOf(file, code).flatMap(({ names, from }) =>
    tables.filter((t) => t.schema === from && isNamed(names, t)),
  );
  const named = tables.filter((t) => statementsOf(code).some(({ text }) => isReadIn(text, t.name)));
  return [...new Set([...imported, ...named])]
    .filter((table) => ROOMS.indexOf(table.room) > ROOMS.indexOf(room))
    .map((table) => `${file} reads ${table.name} of ${table.room}`);
}

function isNamed(names: { imported: string }[], table: Table): boolean {
  return names.some((name) => name.imported === table.exported || name.imported === '*');
}

function isReadIn(text: string, name: string): boolean {
  return new RegExp(`\\b(from|join|into|update)\\s+(only\\s+)?"?${name}"?(?![\\w"(])`, 'i').test(text);
}

type Ownership = { tables: Table[]; permissions: Permissions };

function findForeignWrites(
  file: string,
  room: string,
  code: string,
  { tables, permissions }: Ownership,
): string[] {
  const foreign = tables.filter(
    (t) => t.room !== room && !isPermitted(file, room, permissions.writers[t.name] ?? []),
  );
  return foreign
    .filter((table) => isWritten(file, code, table))
    .map((table) => `${file} writes ${table.name} of ${table.room}`);
}

function isPermitted(file: string, room: string, writers: string[]): boolean {
  return writers.includes(room) || writers.includes(file);
}

function isWritten(file: string, code: string, table: Table): boolean {
  const locals = importsOf(file, code)
    .filter(({ from }) => from === table.schema)
    .flatMap(({ names }) => names)
    .flatMap((name) =>
      name.imported === table.exported
        ? [name.local]
        : name.imported === '*'
          ? [`${name.local}.${table.exported}`]
          : [],
    );
  const byBuilder = locals.some((local) =>
    new RegExp(`\\.(insert|update|delete)\\(\\s*${local}\\s*\\)`).test(code),
  );
  const verb = '(insert\\s+into|update|delete\\s+from|merge\\s+into|truncate|copy)\\s+(only\\s+|table\\s+)?';
  const byTag = locals.some((local) =>
    statementsOf(code).some(({ full }) => new RegExp(`${verb}\\$\\{${local}\\}`, 'i').test(full)),
  );
  // `do update set` and `for update of` are followed by no table name.
  const byName = statementsOf(code).some(({ full }) =>
    new RegExp(`(?<!do |for )\\b${verb}"?${table.name}"?(?![\\w"(])`, 'i').test(full),
  );
  const byNameWithColumns = statementsOf(code).some(({ full }) =>
    new RegExp(`\\binsert\\s+into\\s+"?${table.name}"?\\s*\\(`, 'i').test(full),
  );
  return byBuilder || byTag || byName || byNameWithColumns;
}
