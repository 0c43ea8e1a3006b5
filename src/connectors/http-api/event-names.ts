/**
 * Names that other tools' plans give to what we know under one name. Kept short: only what money facts and
 * ready-made segments depend on. Shown in the dictionary; a rule may use either spelling.
 */
export const EVENT_NAME_ALIASES: Readonly<Record<string, string>> = {
  'Order Completed': 'order_placed',
  'Order Refunded': 'order_refunded',
  'Signed Up': 'signed_up',
};

/** The name an event is kept under. */
export function toEventName(given: string): string {
  return Object.hasOwn(EVENT_NAME_ALIASES, given) ? EVENT_NAME_ALIASES[given]! : given;
}
