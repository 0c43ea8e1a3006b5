import { listCurrencies, listZones } from '../../../staff/places.ts';

export const KINDS = [
  { value: 'shop', label: 'A shop: orders and products' },
  { value: 'saas', label: 'A subscription business: trials and plans' },
  { value: 'both', label: 'Both' },
];

export function zoneOptions() {
  return listZones().map((zone) => ({ value: zone, label: zone.replaceAll('_', ' ') }));
}

export function currencyOptions() {
  return listCurrencies().map(({ code, name }) => ({ value: code, label: `${code}, ${name}` }));
}
