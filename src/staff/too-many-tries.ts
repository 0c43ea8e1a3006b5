/** Somebody guesses; `waitSeconds` until the next try is looked at. */
export class TooManyTries extends Error {
  override name = 'TooManyTries';
  readonly waitSeconds: number;

  constructor(waitSeconds: number) {
    super(`Too many tries. Wait ${Math.ceil(waitSeconds / 60)} minutes and try again.`);
    this.waitSeconds = waitSeconds;
  }
}
