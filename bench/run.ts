import { readdirSync } from 'node:fs';

/** `npm run bench -- <name> [--profiles N]`: runs bench/<name>.ts, which prints a table and last one line of JSON. */
const names = readdirSync(import.meta.dirname)
  .filter((file) => /^[a-z-]+\.ts$/.test(file) && file !== 'run.ts')
  .map((file) => file.replace('.ts', ''));
const name = process.argv[2];

if (name && names.includes(name)) {
  await import(`./${name}.ts`);
} else {
  console.error(`${name ? `There is no benchmark "${name}". ` : ''}Name one of: ${names.join(', ')}`);
  process.exitCode = 1;
}
