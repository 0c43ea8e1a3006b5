import pg from 'pg';

const OLDEST = 15;

/** Refuses a server that we cannot be right on: another encoding loses letters, an older one lacks what we use. */
export async function checkServer(url: string): Promise<void> {
  const { encoding, version, missing } = await describeServer(url);
  if (Number.parseInt(version, 10) < OLDEST)
    throw new Error(`The database is PostgreSQL ${version}; Segments needs ${OLDEST} or newer.`);
  if (encoding !== 'UTF8') throw new Error(`The database is in ${encoding}; Segments needs one in UTF8.`);
  if (missing)
    throw new Error(
      `The database lets us make no temporary table; a refresh needs one. As its owner: ${missing}`,
    );
}

/** `missing`: the statement that gives a right we lack. */
type Server = { encoding: string; version: string; missing: string | null };

export async function describeServer(url: string): Promise<Server> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<Server>(
      `select pg_encoding_to_char(encoding) as encoding, current_setting('server_version') as version,
              case when not has_database_privilege(datname, 'TEMPORARY')
                   then format('grant temporary on database %I to %I', datname, current_user) end as missing
         from pg_database where datname = current_database()`,
    );
    return rows[0]!;
  } finally {
    await client.end();
  }
}
