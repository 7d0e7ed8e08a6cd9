// Points are decimal strings from the server and stay strings: no float comes near a figure that is shown.

export type Locale = 'zh-CN' | 'en'

const MINUS = '\u2212'
const NARROW_SPACE = '\u202f'

export function isDecimal(value: string): boolean {
  return /^-?\d+(\.\d+)?$/.test(value)
}

export function isZero(value: string): boolean {
  return /^-?0+(\.0+)?$/.test(value)
}

export function isNegative(value: string): boolean {
  return value.startsWith('-') && !isZero(value)
}

/** Groups of three: a narrow space in Chinese, a comma in English. */
export function group(digits: string, locale: Locale): string {
  return digits.replace(/\B(?=(\d{3})+$)/g, locale === 'en' ? ',' : NARROW_SPACE)
}

/** `412.5`, `−3`: a balance, with a true minus. */
export function formatPoints(value: string, locale: Locale): string {
  if (!isDecimal(value)) return value
  const [whole = '', fraction] = value.replace('-', '').split('.')
  const digits = group(whole, locale) + (fraction === undefined ? '' : `.${fraction}`)
  return isNegative(value) ? MINUS + digits : digits
}

/** `+5`, `−3`, `0`: a gain or a loss. */
export function formatChange(value: string, locale: Locale): string {
  const text = formatPoints(value, locale)
  return isDecimal(value) && !isNegative(value) && !isZero(value) ? `+${text}` : text
}

export function formatCount(value: number, locale: Locale): string {
  return value < 0 ? MINUS + group(String(-value), locale) : group(String(value), locale)
}

/** For drawing only. */
export function toNumber(value: string): number {
  return isDecimal(value) ? Number(value) : 0
}
