/** Each round lets at least one of the writers through, so that few are needed. */
const TRIES = 5;

/**
 * A transaction, or a statement that is one by itself, which is begun again when Postgres ended it to let another one
 * go on: the two waited for each other. Nothing of it was done by then.
 */
export async function pastDeadlocks<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (attempt === TRIES || stateOf(error) !== '40P01') throw error;
    }
  }
}

/** What Postgres calls an error (its SQLSTATE), however often it was wrapped; undefined where it is none of its. */
export function stateOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('code' in error && typeof error.code === 'string') return error.code;
  return stateOf(error.cause);
}
