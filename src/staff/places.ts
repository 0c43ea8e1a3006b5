/** The zones and currencies that this Node knows; what is not here cannot be reckoned with. */
const zones = [...new Set(['UTC', ...Intl.supportedValuesOf('timeZone')])].sort();
const currencies = Intl.supportedValuesOf('currency');
const currencyNames = new Intl.DisplayNames('en', { type: 'currency' });

export function listZones(): string[] {
  return zones;
}

export function listCurrencies(): { code: string; name: string }[] {
  return currencies.map((code) => ({ code, name: currencyNames.of(code) ?? code }));
}

/** Older names of a zone (Asia/Calcutta) are understood too. */
export function isZone(name: string): boolean {
  if (!/^[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+)*$/.test(name)) return false;
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: name }));
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

export function isCurrency(code: string): boolean {
  return currencies.includes(code);
}
