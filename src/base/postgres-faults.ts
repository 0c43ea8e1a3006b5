import { ConnectorError } from './errors.ts';

type Where = { database: string; user: string; target: { host: string } };

/** What went wrong at a foreign Postgres, as a sentence that says what to do. */
export function explainPostgres(cause: unknown, where: Where): ConnectorError {
  const { code, message } = readFault(cause);
  const known = byState(code, message, where) ?? byWire(code, message, where.target.host);
  const { words, isTheirs } = known ?? { words: `The database says: ${message}`, isTheirs: false };
  return new ConnectorError(words, { retryable: !isTheirs, needsReconnect: isTheirs, cause });
}

/** `isTheirs`: a person has to change something; else it may pass by itself. */
type Known = { words: string; isTheirs: boolean };

function readFault(cause: unknown): { code: string; message: string } {
  if (!(cause instanceof Error)) return { code: '', message: String(cause) };
  return { code: 'code' in cause ? String(cause.code) : '', message: cause.message };
}

/** https://www.postgresql.org/docs/current/errcodes-appendix.html */
function byState(code: string, message: string, { database, user }: Where): Known | null {
  const theirs = (words: string): Known => ({ words, isTheirs: true });
  const passing = (words: string): Known => ({ words, isTheirs: false });
  if (code === '28P01' || code === '28000')
    return theirs(
      `The database does not let the user ${user} in. Check the user name, the password and pg_hba.conf.`,
    );
  if (code === '3D000') return theirs(`There is no database called ${database}.`);
  if (code === '42501')
    return theirs(
      `The user ${user} may not read this: ${message}. Grant it SELECT on the tables of the query.`,
    );
  if (code === '42P01') return theirs(`The query names a table that is not there: ${message}.`);
  if (code === '42703') return theirs(`The query names a column that is not there: ${message}.`);
  if (code === '25006') return theirs('The query would change something. Only reading is allowed.');
  if (code === '57014')
    return passing('The query took too long. Add an index on the cursor column, or read fewer rows.');
  if (code === '53300') return passing('The database has no free connection for us.');
  if (code.startsWith('42') || code.startsWith('0A') || code.startsWith('22'))
    return theirs(`The query cannot be run: ${message}.`);
  return null;
}

const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ALTNAME/;

function byWire(code: string, message: string, host: string): Known | null {
  if (CERTIFICATE.test(code))
    return {
      words: `${host} shows a certificate that we cannot check. Paste the certificate of its authority, or choose “encrypted”.`,
      isTheirs: true,
    };
  if (/does not support SSL/i.test(message))
    return {
      words: `${host} does not encrypt its connections. Choose “off” if it may be read in clear.`,
      isTheirs: true,
    };
  if (code === 'ECONNREFUSED')
    return { words: `${host} refused the connection. Check the port and its firewall.`, isTheirs: false };
  if (/timeout|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH/i.test(`${code} ${message}`))
    return {
      words: `${host} did not answer in time. Check that its firewall lets this server in.`,
      isTheirs: false,
    };
  if (/terminated|ECONNRESET|EPIPE/i.test(`${code} ${message}`))
    return { words: `${host} broke off the conversation.`, isTheirs: false };
  return null;
}
