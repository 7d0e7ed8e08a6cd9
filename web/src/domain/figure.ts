// Figures of the effect page as people read them: minutes, per cent, points of a per cent, counts.
import type { Locale } from './points'

export type FigureUnit = 'ms' | 'share' | 'per_thousand_services' | 'per_hundred_days'

const MINUS = '\u2212'

function fixed(value: number, places: number, locale: Locale): string {
  const text = Math.abs(value).toLocaleString(locale, { minimumFractionDigits: places, maximumFractionDigits: places })
  const nothing = Number(Math.abs(value).toFixed(places)) === 0
  return value < 0 && !nothing ? MINUS + text : text
}

function signed(value: number, text: string): string {
  return value > 0 && !/^[0.,]+$/.test(text) ? `+${text}` : text
}

/** Milliseconds are told in the unit that the larger of the figures needs. */
export function unitOfSpan(milliseconds: number): { ms: number; zh: string; en: string } {
  if (Math.abs(milliseconds) >= 4 * 3_600_000) return { ms: 3_600_000, zh: '小时', en: 'h' }
  return { ms: 60_000, zh: '分钟', en: 'min' }
}

export interface FigureScale {
  /** The number shown for a value. */
  readonly of: (value: number) => number
  readonly places: number
  readonly zh: string
  readonly en: string
  /** What a difference is counted in, where that is another word: points of a per cent. */
  readonly differenceZh: string
  readonly differenceEn: string
}

export function scaleOf(unit: string, largest: number): FigureScale {
  if (unit === 'ms') {
    const span = unitOfSpan(largest)
    return { of: (value) => value / span.ms, places: 1, zh: span.zh, en: span.en, differenceZh: span.zh, differenceEn: span.en }
  }
  if (unit === 'share') return { of: (value) => value * 100, places: 1, zh: '%', en: '%', differenceZh: '个百分点', differenceEn: 'points' }
  return { of: (value) => value, places: 2, zh: '', en: '', differenceZh: '', differenceEn: '' }
}

export function formatFigure(value: number, scale: FigureScale, locale: Locale): string {
  const word = locale === 'en' ? scale.en : scale.zh
  const space = word === '' || word === '%' ? '' : ' '
  return fixed(scale.of(value), scale.places, locale) + space + word
}

export function formatDifference(value: number, scale: FigureScale, locale: Locale): string {
  const word = locale === 'en' ? scale.differenceEn : scale.differenceZh
  return signed(value, fixed(scale.of(value), scale.places, locale)) + (word === '' ? '' : ` ${word}`)
}
