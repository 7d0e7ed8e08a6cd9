// What was compared with the bands, and the values of facts, in words.
import type { FactField, Measure } from '@/api/types'
import { formatDuration } from './duration'
import { formatPoints, isDecimal, type Locale } from './points'

/** Working time has no days of 24 hours. */
const WORKING = /^(working|promised)_/

/** `19/20 = 95 %`: at most two places, cut, never rounded up over an edge. */
export function formatRate(value: string, locale: Locale): string | null {
  const found = /^(\d+)\/(\d+)$/.exec(value)
  if (found === null) return null
  const [, part = '0', whole = '0'] = found
  const ratio = `${part}/${whole}`
  if (BigInt(whole) === 0n) return ratio
  const hundredths = (BigInt(part) * 10_000n) / BigInt(whole)
  const exact = hundredths * BigInt(whole) === BigInt(part) * 10_000n
  const fraction = String(hundredths % 100n).padStart(2, '0').replace(/0+$/, '')
  const percent = String(hundredths / 100n) + (fraction === '' ? '' : `.${fraction}`)
  return `${ratio} ${exact ? '=' : '≈'} ${percent}${locale === 'en' ? '%' : ' %'}`
}

export function formatMeasure(measure: Measure, locale: Locale): string {
  if (measure.unit === 'ms' && /^-?\d+$/.test(measure.value)) return formatDuration(Number(measure.value), locale)
  const rate = formatRate(measure.value, locale)
  if (rate !== null) return rate
  const value = isDecimal(measure.value) ? formatPoints(measure.value, locale) : measure.value
  return measure.unit === '' ? value : `${value} ${measure.unit}`
}

/** null where there is no value; the caller says why. */
export function formatField(field: FactField, locale: Locale, words: { yes: string; no: string }): string | null {
  if (field.value === null) return null
  if (field.type === 'boolean') return field.value === 'true' ? words.yes : words.no
  if (field.type === 'integer' && field.duration && /^-?\d+$/.test(field.value))
    return formatDuration(Number(field.value), locale, { days: !WORKING.test(field.name) })
  if (field.type === 'integer') return formatPoints(field.value, locale)
  return field.value
}
