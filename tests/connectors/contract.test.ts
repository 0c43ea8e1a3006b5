import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { findConnector, listConnectors, loadConnectors } from '../../src/connectors/registry.ts';

const connectors = await loadConnectors();

const CATEGORIES = ['blog', 'signups', 'email', 'ads', 'shop', 'billing', 'web'];
/** A field whose name says that it opens something. */
const SECRET_NAME = /password|secret|token|key$/i;

beforeAll(() => {
  expect(connectors.length).toBeGreaterThanOrEqual(6);
});

test('connectors are found by lying in the folder, each by its key', () => {
  expect(listConnectors().map(({ key }) => key)).toEqual(
    expect.arrayContaining(['ghost', 'mailchimp', 'meta-ads', 'wordpress']),
  );
  for (const connector of connectors) expect(findConnector(connector.key)).toBe(connector);
  expect(findConnector('nobody')).toBeNull();
});

test('no two connectors share a name or a key', () => {
  expect(new Set(connectors.map(({ name }) => name)).size).toBe(connectors.length);
  expect(new Set(connectors.map(({ key }) => key)).size).toBe(connectors.length);
});

describe.each(connectors.map((connector) => ({ key: connector.key, connector })))('$key', ({ connector }) => {
  test('is named as its folder, in kebab case', () => {
    expect(connector.key).toMatch(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/);
    const folder = new URL('../../src/connectors/', import.meta.url);
    const { key } = connector;
    expect(existsSync(new URL(`${key}/${key}.ts`, folder)) || existsSync(new URL(`${key}.ts`, folder))).toBe(
      true,
    );
  });

  test('says in a sentence what it brings', () => {
    expect(CATEGORIES).toContain(connector.category);
    expect(connector.summary).toMatch(/^[A-Z].{20,}\.$/);
  });

  test('compares what it brings with what the vendor counts, or says why not', () => {
    const brings =
      connector.streams.length > 0 || connector.hooks !== undefined || connector.push === undefined;
    if (!connector.totals && brings) expect(connector.uncompared).toBeDefined();
    if (connector.uncompared) expect(connector.uncompared).toMatch(/^[A-Z].{20,}\.$/);
  });

  test('asks for settings a form can show, and marks what is secret', () => {
    if (!(connector.settings instanceof z.ZodObject)) throw new Error('Settings are a zod object.');
    for (const [name, field] of Object.entries(connector.settings.shape)) {
      const meta = z
        .looseObject({ title: z.string().min(2), secret: z.literal(true).optional() })
        .parse((field as z.ZodType).meta());
      if (SECRET_NAME.test(name)) expect(meta.secret, `${name} is a secret`).toBe(true);
    }
  });

  test('has streams of different keys, each with a title and a cursor', () => {
    const keys = connector.streams.map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
    for (const stream of connector.streams) {
      expect(stream.key).toMatch(/^[a-z][a-z_]*$/);
      expect(stream.title).not.toBe('');
      expect(stream.cursor).toBeInstanceOf(z.ZodType);
    }
  });

  test('imports nothing but base and its own room', async () => {
    const file = new URL(`../../src/connectors/${connector.key}/${connector.key}.ts`, import.meta.url);
    const imports = [...(await readFile(file, 'utf8')).matchAll(/from '(\.\.[^']+)'/g)].map(
      (match) => match[1],
    );
    for (const path of imports) expect(path).toMatch(/^(\.\.\/\.\.\/base\/|\.\.\/[^.])/);
  });
});
