import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import express, { Router } from 'express';

const PUBLIC_FOLDER = path.join(import.meta.dirname, '..', '..', 'public');
const require = createRequire(import.meta.url);
/** Single files of packages, never a folder of node_modules. */
const VENDOR_FILES: Record<string, string> = {
  'bulma.css': require.resolve('bulma/css/bulma.min.css'),
  'jquery.js': path.join(path.dirname(require.resolve('jquery')), 'jquery.min.js'),
};
const version = hashFiles([...listFiles(PUBLIC_FOLDER), ...Object.values(VENDOR_FILES)]);

/** The address of a file in public, or `vendor/bulma.css`. It changes with the files, so it may be kept for a year. */
export function assetUrl(name: string): string {
  return `/assets/${version}/${name}`;
}

export function assetRouter(): Router {
  const router = Router();
  for (const [name, file] of Object.entries(VENDOR_FILES)) {
    router.get(`/assets/:version/vendor/${name}`, (_request, response) => {
      response
        .set('Cache-Control', 'public, max-age=31536000, immutable')
        .sendFile(file, { dotfiles: 'allow' });
    });
  }
  router.use(
    '/assets/:version',
    express.static(PUBLIC_FOLDER, { maxAge: '1y', immutable: true, index: false, redirect: false }),
  );
  router.get('/favicon.ico', (_request, response) => response.redirect(301, assetUrl('favicon.svg')));
  router.get('/robots.txt', (_request, response) =>
    response.type('text/plain').send('User-agent: *\nDisallow: /\n'),
  );
  return router;
}

function listFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
}

function hashFiles(files: string[]): string {
  const hash = createHash('sha256');
  for (const file of files) hash.update(path.basename(file)).update(readFileSync(file));
  return hash.digest('hex').slice(0, 12);
}
