import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const TICK_MS = 10;

/**
 * Processor time that this process and a PostgreSQL with all its processes have used, in milliseconds: what other work
 * on the machine stretches far less than the time by the clock. Null where the system does not tell (only Linux does).
 * With `pid` it is that process instead of this one.
 */
export function processorMs(dataDir: string, pid?: number): number | null {
  const { user, system } = process.cpuUsage();
  try {
    const [postmaster] = readFileSync(path.join(dataDir, 'pg', 'postmaster.pid'), 'utf8').split('\n');
    const ownMs = pid ? sum(readStat(String(pid)).slice(11, 13)) * TICK_MS : (user + system) / 1000;
    return ownMs + ticksOf(Number(postmaster)) * TICK_MS;
  } catch (error) {
    if (process.platform === 'linux') throw error;
    return null;
  }
}

/** The postmaster with those it has outlived, and its children of now. */
function ticksOf(postmaster: number): number {
  return readdirSync('/proc')
    .filter((name) => /^[0-9]+$/.test(name))
    .map((name) => ({ pid: Number(name), fields: readStat(name) }))
    .reduce((total, { pid, fields }) => {
      const [, parent] = fields;
      const [own, children] = [sum(fields.slice(11, 13)), sum(fields.slice(13, 15))];
      if (pid === postmaster) return total + own + children;
      return Number(parent) === postmaster ? total + own : total;
    }, 0);
}

/** Its fields after the name, which may hold blanks; none of a process that has just ended. */
function readStat(pid: string): string[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code === 'ENOENT' || code === 'ESRCH') return [];
    throw error;
  }
}

function sum(fields: string[]): number {
  return fields.reduce((total, field) => total + Number(field), 0);
}
