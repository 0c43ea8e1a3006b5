import { FACTS, type FactName } from '../../flow/segment/rules/fact-names.ts';
import { formatMoney } from './format.ts';

const MONEY_FACTS: FactName[] = ['net_revenue', 'average_order', 'predicted_value_12m'];

export function isMoney(fact: unknown): boolean {
  return MONEY_FACTS.some((name) => name === fact);
}

const AMOUNT = /-?\d+(\.\d+)?/g;
/** The value of an event is money, as remedies name it: "one more order with value of 46.8". */
const VALUE = /(?<= with value of )-?\d+(\.\d+)?/g;

/** "Net revenue is at most €46.80": a rule knows numbers only, the reader thinks in the money of the business. */
export function withCurrency(words: string, currency: string): string {
  const write = (amount: string) => formatMoney(amount, currency);
  const title = MONEY_FACTS.map((name) => FACTS[name].title).find(
    (one) => words.startsWith(`${one} `) || words.startsWith(`${one}: `),
  );
  if (title === undefined) return words.replaceAll(VALUE, write);
  return title + words.slice(title.length).replaceAll(AMOUNT, write);
}
