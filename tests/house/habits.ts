import { codeOf, importsOf, type Sources, statementsOf } from './sources.ts';

/** Something that only the named places may do: `pattern` in the code, or an import of one of `packages`. */
export type Reserved = { what: string; pattern?: RegExp; packages?: string[]; places: RegExp };

export const RESERVED: Reserved[] = [
  {
    what: 'makes a request of its own',
    pattern: /(?<![.\w])fetch\(|\bhttps?\.(request|get)\(|\bnew WebSocket\(/,
    packages: ['undici', 'node-fetch', 'axios'],
    places: /^src\/base\//,
  },
  {
    what: 'opens a socket of its own',
    packages: ['node:net', 'node:tls', 'net', 'tls'],
    places: /^src\/(base|demo)\//,
  },
  { what: 'encrypts', pattern: /\bcreate(C|Dec)ipheriv\b|\bhkdf/, places: /^src\/base\/secrets\.ts$/ },
  { what: 'opens SMTP', packages: ['nodemailer'], places: /^src\/flow\/send\// },
  { what: 'knows Express', packages: ['express'], places: /^src\/(web\/|demo\/|server\.ts)/ },
  {
    what: 'reads the environment',
    pattern: /\bprocess\.env\b/,
    places: /^src\/(base\/log\.ts|db\/embedded\/|server\.ts|cli\.ts)/,
  },
  {
    what: 'asks the machine for the time',
    pattern: /\bDate\.now\(|\bnew Date\(\)/,
    places: /^src\/(base\/clock\.ts|demo\/)/,
  },
  { what: 'runs another program', packages: ['node:child_process'], places: /^src\/db\/embedded\// },
];

export function findReservedUses(sources: Sources, reserved: Reserved[]): string[] {
  return codeOf(sources).flatMap(([file, code]) =>
    reserved
      .filter((rule) => !rule.places.test(file) && isUsed(file, code, rule))
      .map((rule) => `${file} ${rule.what}`),
  );
}

function isUsed(file: string, code: string, rule: Reserved): boolean {
  if (rule.pattern?.test(code)) return true;
  return importsOf(file, code).some(({ from, isType }) => !isType && (rule.packages ?? []).includes(from));
}

/** SQL made from anything but constants: words users write never become SQL. `trusted`: names from our own tables. */
export function findRawSql(sources: Sources, trusted: string[] = []): string[] {
  const others = codeOf(sources).filter(([file]) => !trusted.includes(file));
  return others.flatMap(([file, code]) =>
    [...code.matchAll(/\bsql\s*\.\s*(raw|identifier)\(\s*(?!['"][^'"]*['"]\s*\))/g)].map(
      (found) => `${file} calls sql.${found[1]} with a value`,
    ),
  );
}

/** Statements of `*.sql.ts` that name no workspace: the pipeline's role sees all of them. */
export function findUnscopedStatements(sources: Sources): string[] {
  return codeOf(sources)
    .filter(([file]) => file.endsWith('.sql.ts'))
    .flatMap(([file, code]) =>
      statementsOf(code)
        .filter(({ text }) => /^\s*(select|insert|update|delete|with|merge)\b/i.test(text))
        .filter(({ full }) => readsTable(full) && ![full, ...usedParts(code, full)].some(namesWorkspace))
        .map(({ text }) => `${file}: ${text.trim().replace(/\s+/g, ' ').slice(0, 70)}`),
    );
}

/** A wrapper over another statement, or over the elements of an array, reads no table of its own. */
function readsTable(full: string): boolean {
  return /\b(from|join|into|update)\s+(\$\{|[a-z_]+\b(?!\())/i.test(
    full.replace(/\b(from|join)\s+(unnest|json\w*|generate_series)\(/gi, ''),
  );
}

function namesWorkspace(text: string): boolean {
  return /workspace_?id/i.test(text);
}

/** The declarations in the same file of what a statement fills in: `${isLine}`, `${isPresent(target)}`. */
function usedParts(code: string, statement: string): string[] {
  const names = [...statement.matchAll(/\$\{(\w+)/g)].map((found) => found[1]!);
  return names.flatMap((name) => {
    const functions = code.match(new RegExp(`\\nfunction ${name}\\([\\s\\S]*?\\n}`));
    const constants = code.match(new RegExp(`\\bconst ${name} = sql[\\s\\S]*?;\\n`));
    return [functions?.[0] ?? '', constants?.[0] ?? ''];
  });
}

/** Product time taken from the database's clock, which no test and no NOW setting can turn. */
export function findSqlClocks(sources: Sources): string[] {
  return codeOf(sources).flatMap(([file, code]) =>
    statementsOf(code)
      .filter(({ text }) => /\b(now\(\)|current_(timestamp|date)|localtimestamp)/i.test(text))
      .map(({ text }) => `${file}: ${text.trim().replace(/\s+/g, ' ').slice(0, 70)}`),
  );
}

export function findLongFiles(sources: Sources, limit: number): string[] {
  return Object.entries(sources)
    .map(([file, text]) => ({ file, lines: text.split('\n').length - 1 }))
    .filter(({ lines }) => lines > limit)
    .map(({ file, lines }) => `${file}: ${lines} lines`);
}

/** Templates that print unescaped, or bring a script or a style that the content security policy refuses. */
export function findUnsafeTemplates(views: Sources): string[] {
  return Object.entries(views).flatMap(([file, text]) => [
    ...[...text.matchAll(/<%-(?!\s*(include\(|body\b|[\w.]*Html\b))[^%]*%>/g)].map(
      (found) => `${file}: ${found[0]}`,
    ),
    ...[...text.matchAll(/\sstyle="|\son[a-z]+="|<script(?![^>]*\bsrc=)[^>]*>|<style\b/g)].map(
      (found) => `${file}: ${found[0].trim()}`,
    ),
  ]);
}
