/**
 * The errors of the product. Each type says who must act: the caller (NotFound, Forbidden, Conflict, Invalid)
 * or whoever looks after a connection (ConnectorError). Anything else is a fault of ours.
 */

/** One thing wrong with an input: `path` names the field (`batch.3.userId`), `message` says what to do. */
export type Issue = { path: string; message: string };

export class NotFound extends Error {
  override name = 'NotFound';
}

export class Forbidden extends Error {
  override name = 'Forbidden';
}

export class Conflict extends Error {
  override name = 'Conflict';
}

export class Invalid extends Error {
  override name = 'Invalid';
  readonly issues: Issue[];

  constructor(issues: Issue[], options?: ErrorOptions) {
    super(
      issues.map((issue) => (issue.path ? `${issue.path}: ${issue.message}` : issue.message)).join('; '),
      options,
    );
    this.issues = issues;
  }
}

/** A vendor did not do what we asked. `message` is shown to the marketer as it stands. */
export class ConnectorError extends Error {
  override name = 'ConnectorError';
  readonly retryable: boolean;
  /** Milliseconds the vendor asked us to wait, where it did. */
  readonly retryAfterMs: number | undefined;
  /** True when a person has to reconnect (401, 403, revoked token): the source stops until then. */
  readonly needsReconnect: boolean;

  constructor(
    message: string,
    options: ErrorOptions & {
      retryable: boolean;
      retryAfterMs?: number | undefined;
      needsReconnect?: boolean;
    },
  ) {
    super(message, options);
    this.retryable = options.retryable;
    this.retryAfterMs = options.retryAfterMs;
    this.needsReconnect = options.needsReconnect ?? false;
  }
}
