/** Millionths as exact decimal text: `3690000` is `3.69`. */
export function toDecimalOfMicros(micros: string): string {
  const sign = micros.startsWith('-') ? '-' : '';
  const digits = micros.replace('-', '').padStart(7, '0');
  const fraction = digits.slice(-6).replace(/0+$/, '');
  const whole = digits.slice(0, -6);
  return fraction ? `${sign}${whole}.${fraction}` : `${sign}${whole}`.replace('-0', '0');
}
