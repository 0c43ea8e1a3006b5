/** A request that HTTP itself has a word for: too large (413), an unknown type (415), too many (429). */
export class Refusal extends Error {
  override name = 'Refusal';
  readonly status: number;
  /** Seconds after which another try makes sense; sent as Retry-After. */
  readonly retryAfterSeconds: number | undefined;

  constructor(status: number, message: string, options: ErrorOptions & { retryAfterSeconds?: number } = {}) {
    super(message, options);
    this.status = status;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}
