import { fromMinorUnits } from '../reading/decimals.ts';

/** https://docs.stripe.com/currencies. UGX and ISK have no cents either, but Stripe counts them as if they had. */
const NO_CENTS = new Set('bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf'.split(' '));
const THOUSANDTHS = new Set('bhd jod kwd omr tnd'.split(' '));

/** Stripe counts in the smallest unit of the currency. */
export function amountOf(units: number, currency: string): { value: string; currency: string } {
  const code = currency.toLowerCase();
  const places = NO_CENTS.has(code) ? 0 : THOUSANDTHS.has(code) ? 3 : 2;
  return { value: fromMinorUnits(units, places), currency: currency.toUpperCase() };
}
