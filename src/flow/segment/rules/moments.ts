/** A moment to evaluate at: the instant, and the zone whose days, weeks and months count. */
export type Moment = { asOf: Date; zone: string };
