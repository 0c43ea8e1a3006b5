import { expect, test } from 'vitest';
import {
  findLongFiles,
  findRawSql,
  findReservedUses,
  findSqlClocks,
  findUnsafeTemplates,
  findUnscopedStatements,
  RESERVED,
} from './house/habits.ts';
import {
  findWrongDirections,
  findWrongTableUses,
  type Permissions,
  ROOMS,
  readTables,
  roomOf,
} from './house/rooms.ts';
import { codeOf, importsOf, readSources, type Sources } from './house/sources.ts';

const sources = readSources('src', ['.ts']);
const tables = await readTables(Object.keys(sources).filter((file) => file.startsWith('src/db/schema/')));

/** Who may touch a table of another room, and why. */
const PERMISSIONS: Permissions = {
  writers: {
    // A business is opened and named by staff; the table lies at the top because every room reads it.
    workspaces: ['staff'],
  },
  everyTable: [],
};

/** What belongs to no workspace is reached from here only. */
const PLATFORM: RegExp[] = [
  /^src\/db\//,
  /^src\/staff\//,
  /^src\/tasks\//,
  /^src\/(server|cli)\.ts$/,
  // A webhook names its source by a token only.
  /^src\/flow\/collect\/hooks\.ts$/,
];

/** Names of our own columns, read from a constant table in the same file. */
const TRUSTED = ['src/flow/segment/rules/fact.ts', 'src/db/person-rows.ts'];

test('code imports only from its own room and from rooms above it, and nothing imports a front door', () => {
  expect(findWrongDirections(sources)).toEqual([]);
  expect(
    findWrongDirections({ 'src/flow/collect/a.ts': "import { x } from '../identify/b.ts';" }),
  ).toHaveLength(1);
  expect(findWrongDirections({ 'src/connectors/a.ts': "import { sql } from '../db/pool.ts';" })).toHaveLength(
    1,
  );
  expect(findWrongDirections({ 'src/web/a.ts': "import '../server.ts';" })).toHaveLength(1);
  expect(findWrongDirections({ 'src/staff/a.ts': "const x = await import('../web/app.ts');" })).toHaveLength(
    1,
  );
  expect(findWrongDirections({ 'src/web/a.ts': "import type { Db } from '../db/pool.ts';" })).toEqual([]);
});

test('every file of the product lies in a room', () => {
  const homeless = Object.keys(sources).filter((file) => roomOf(file) === null);
  expect(homeless.filter((file) => !['src/server.ts', 'src/cli.ts'].includes(file))).toEqual([]);
  expect(tables.filter((table) => !ROOMS.includes(table.room))).toEqual([]);
});

test('a room reads the tables of rooms above it, and only the owner writes one', () => {
  expect(tables.length).toBeGreaterThan(40);
  expect(findWrongTableUses(sources, tables, PERMISSIONS)).toEqual([]);
});

test('a foreign write or a look downwards is seen however it is spelt', () => {
  const schema = "import { rawEvents as kept } from '../../db/schema/collect.ts';\n";
  const inSegment = (text: string) =>
    findWrongTableUses({ 'src/flow/segment/a.ts': text }, tables, PERMISSIONS);
  expect(inSegment(`${schema}await db.insert(kept).values(row);`)).toEqual([
    'src/flow/segment/a.ts writes raw_events of flow/collect',
  ]);
  expect(inSegment(`${schema}await db.execute(sql\`update \${kept} set payload = null\`);`)).toHaveLength(1);
  expect(
    inSegment('db.execute(sql`with a as (select 1) delete from raw_events where id = 1`);'),
  ).toHaveLength(1);
  expect(inSegment('db.execute(sql`insert into raw_events (id) values (1)`);')).toHaveLength(1);
  expect(inSegment("import * as c from '../../db/schema/collect.ts'; db.delete(c.rawEvents)")).toHaveLength(
    1,
  );
  expect(inSegment(`${schema}await db.select().from(kept);`)).toEqual([]);
  expect(inSegment("import { campaigns } from '../../db/schema/send.ts';")).toEqual([
    'src/flow/segment/a.ts reads campaigns of flow/send',
  ]);
  expect(inSegment(`db.execute(sql\`select 1 from campaigns where \${x}\`);`)).toHaveLength(1);
});

test('only the doors of the house reach past a workspace', () => {
  const users = (from: Sources) =>
    codeOf(from)
      .filter(([file, code]) =>
        importsOf(file, code).some(({ names }) => names.some((name) => name.imported === 'withPlatform')),
      )
      .map(([file]) => file)
      .filter((file) => !PLATFORM.some((place) => place.test(file)));
  expect(users(sources)).toEqual([]);
  expect(users({ 'src/reports/a.ts': "import { withPlatform } from '../db/doors.ts';" })).toHaveLength(1);
});

test('what has its own module is done nowhere else', () => {
  expect(findReservedUses(sources, RESERVED)).toEqual([]);
  const planted = [
    "await fetch('https://example.com');",
    "import { request } from 'undici';",
    "import { connect } from 'node:net';",
    "import { createCipheriv } from 'node:crypto';",
    "import nodemailer from 'nodemailer';",
    "import express from 'express';",
    'const key = process.env.SECRET_KEY;',
    'const at = new Date();',
    "import { spawn } from 'node:child_process';",
  ];
  for (const text of planted)
    expect(findReservedUses({ 'src/flow/score/a.ts': text }, RESERVED), text).toHaveLength(1);
});

test('no words from outside become SQL', () => {
  expect(findRawSql(sources, TRUSTED)).toEqual([]);
  expect(findRawSql({ 'src/reports/a.ts': 'sql.raw(order)' })).toHaveLength(1);
  expect(findRawSql({ 'src/reports/a.ts': 'sql.identifier("x_" + name)' })).toHaveLength(1);
  expect(findRawSql({ 'src/reports/a.ts': "sql.raw('asc')" })).toEqual([]);
});

test('every statement of the review list names its workspace', () => {
  expect(findUnscopedStatements(sources)).toEqual([]);
  expect(
    findUnscopedStatements({ 'src/reports/a.sql.ts': `sql\`select count(*) from \${profiles}\`` }),
  ).toHaveLength(1);
  expect(
    findUnscopedStatements({ 'src/reports/a.sql.ts': `sql\`select 1 where workspace_id = \${id}\`` }),
  ).toEqual([]);
});

test('a statement may name its workspace through a part of its own file, and only if that part does', () => {
  const statement = `sql\`select 1 from \${t} where \${isTheirs}\``;
  const file = (part: string) => ({
    'src/reports/a.sql.ts': `const isTheirs = sql\`${part}\`;\n${statement}`,
  });
  expect(findUnscopedStatements(file('t.workspace_id = 1'))).toEqual([]);
  expect(findUnscopedStatements(file('t.id = 1'))).toHaveLength(1);
});

test('the time of the product never comes from the database', () => {
  expect(findSqlClocks(sources)).toEqual([]);
  expect(findSqlClocks({ 'src/reports/a.ts': 'sql`select now()`' })).toHaveLength(1);
  expect(findSqlClocks({ 'src/reports/a.ts': `sql\`select \${now()}\`` })).toEqual([]);
});

test('no file is longer than a person reads in one sitting', () => {
  // The site map has a line for each URL, and is read by looking one up.
  const { 'src/web/routes.ts': siteMap, ...others } = sources;
  expect(siteMap).toContain('export const routes');
  expect(findLongFiles(others, 250)).toEqual([]);
  expect(findLongFiles({ 'src/reports/a.ts': 'x\n'.repeat(251) }, 250)).toHaveLength(1);
});

test('a template escapes what it prints and brings no script or style of its own', () => {
  expect(findUnsafeTemplates(readSources('views', ['.ejs']))).toEqual([]);
  expect(findUnsafeTemplates({ 'views/a.ejs': '<p><%- name %></p>' })).toHaveLength(1);
  expect(findUnsafeTemplates({ 'views/a.ejs': '<p style="color: red">' })).toHaveLength(1);
  expect(findUnsafeTemplates({ 'views/a.ejs': '<button onclick="go()">' })).toHaveLength(1);
  expect(
    findUnsafeTemplates({ 'views/a.ejs': "<%- include('_row', { row }) %><%- chart.svgHtml %>" }),
  ).toEqual([]);
});
