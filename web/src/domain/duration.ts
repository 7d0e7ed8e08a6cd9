import type { Locale } from './points'

const UNITS = [
  { ms: 86_400_000, zh: '天', en: 'd' },
  { ms: 3_600_000, zh: '小时', en: 'h' },
  { ms: 60_000, zh: '分', en: 'min' },
  { ms: 1_000, zh: '秒', en: 's' },
] as const

export interface DurationStyle {
  /** Days of 24 hours mean nothing for working time; without days the hours go on counting. */
  days?: boolean
}

/** `17 分 17 秒`, `17 min 17 s`; exact, units that are zero left out. */
export function formatDuration(milliseconds: number, locale: Locale, style: DurationStyle = {}): string {
  const negative = milliseconds < 0
  let rest = Math.abs(milliseconds)
  const parts: string[] = []
  for (const unit of UNITS) {
    if (unit.ms === 86_400_000 && style.days === false) continue
    const word = locale === 'en' ? unit.en : unit.zh
    if (unit.ms === 1_000) {
      if (rest > 0 || parts.length === 0) parts.push(`${String(rest / 1_000)} ${word}`)
      break
    }
    const count = Math.floor(rest / unit.ms)
    rest -= count * unit.ms
    if (count > 0) parts.push(`${count} ${word}`)
  }
  return (negative ? '\u2212' : '') + parts.join(' ')
}

/** `11 分`, `1 小时 5 分`, `3 天 2 小时`: for waits and limits, where seconds only make noise. Whole minutes, floored; two units at most. */
export function minutes(milliseconds: number, locale: Locale): string {
  const whole = Math.floor(Math.abs(milliseconds) / 60_000)
  if (whole === 0) return locale === 'en' ? '0 min' : '0 分'
  const coarse = whole >= 1_440 ? Math.floor(whole / 60) * 60 : whole
  const text = formatDuration(coarse * 60_000, locale)
  return milliseconds < 0 ? '\u2212' + text : text
}
