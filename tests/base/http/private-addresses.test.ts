import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isPublic } from '../../../src/base/addresses.ts';
import { ConnectorError } from '../../../src/base/errors.ts';
import { createHttp } from '../../../src/base/http.ts';
import { startHttpServer, type TestServer } from '../../setup/http-server.ts';

let inside: TestServer;
let inside6: TestServer;
beforeAll(async () => {
  inside = await startHttpServer((_request, response) => response.end('{"secret":true}'), '0.0.0.0');
  inside6 = await startHttpServer((_request, response) => response.end('{"secret":true}'), '::1');
});
afterAll(async () => {
  await inside.close();
  await inside6.close();
});

const LOOPBACK_SPELLINGS = [
  '127.0.0.1',
  '127.1',
  '127.0.1',
  '2130706433',
  '0x7f000001',
  '0x7f.1',
  '0x7f.0.0.1',
  '0177.0.0.1',
  '017700000001',
  '0177.1',
  '127.000.000.001',
  '127.0.0.2',
  '127.255.255.255',
  '0',
  '0.0.0.0',
  '0x0',
  'localhost',
  'LOCALHOST',
  'localhost.',
  '①②⑦.⓪.⓪.①',
  '127。0。0。1',
  '%31%32%37.0.0.1',
  '[::1]',
  '[0:0:0:0:0:0:0:1]',
  '[::]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[::127.0.0.1]',
  '[64:ff9b::7f00:1]',
];

test.each(LOOPBACK_SPELLINGS)('this machine is not called when it is spelled %s', async (spelling) => {
  const server = spelling.startsWith('[') ? inside6 : inside;
  const http = createHttp({ allow: [], ports: [80, 443, server.port], tries: 1 });
  await expect(http({ url: `http://${spelling}:${server.port}/` })).rejects.toThrow(ConnectorError);
  expect(inside.connections() + inside6.connections()).toBe(0);
});

test.each([
  '10.0.0.1',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.1.1',
  '169.254.169.254',
  '100.64.0.1',
  '100.127.255.255',
  '0.1.2.3',
  '192.0.0.8',
  '198.18.0.1',
  '224.0.0.1',
  '240.0.0.1',
  '255.255.255.255',
  'fe80::1',
  'fc00::1',
  'fd12:3456::1',
  'ff02::1',
  'fec0::1',
  '64:ff9b::a00:1',
  '::7f00:1',
  '64:ff9b:1::1',
  '::ffff:10.0.0.1',
  '::ffff:a9fe:a9fe',
  '2002:a00:1::',
  '2001::1',
  '100::1',
  'not an address',
])('%s is not a public address', (address) => {
  expect(isPublic(address)).toBe(false);
});

test.each(['8.8.8.8', '172.32.0.1', '2606:4700::1111', '::ffff:8.8.8.8'])(
  '%s is a public address',
  (address) => {
    expect(isPublic(address)).toBe(true);
  },
);

describe('an administrator who allows one host and port', () => {
  test('opens that one', async () => {
    const server = await startHttpServer((_request, response) => response.end('{"hello":1}'));
    const http = createHttp({ allow: [server.host] });
    expect((await http({ url: server.url })).json()).toEqual({ hello: 1 });
    await server.close();
  });

  test('opens no other port, and no other name of the same machine', async () => {
    const allowed = await startHttpServer((_request, response) => response.end('{}'));
    const other = await startHttpServer((_request, response) => response.end('{}'));
    const http = createHttp({ allow: [allowed.host], ports: [80, 443, other.port, allowed.port] });
    await expect(http({ url: other.url })).rejects.toThrow('private network');
    await expect(http({ url: `http://localhost:${allowed.port}` })).rejects.toThrow('private network');
    expect(other.connections()).toBe(0);
    await Promise.all([allowed.close(), other.close()]);
  });
});

test('other ports and schemes of public hosts are refused before anything is looked up', async () => {
  const http = createHttp({ allow: [] });
  await expect(http({ url: 'https://8.8.8.8:22/' })).rejects.toThrow('port 22');
  await expect(http({ url: 'ftp://8.8.8.8/' })).rejects.toThrow('cannot be called');
  await expect(http({ url: 'https://user:pass@8.8.8.8/' })).rejects.toThrow('Leave the user name');
  await expect(http({ url: 'not a url' })).rejects.toThrow('not a web address');
});
