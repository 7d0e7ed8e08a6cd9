// From when to when something of the organisation holds, in words.
import { show, t } from '@/locales'

/** `2026 年 11 月 1 日起`, `… 至 …`. */
export function span(from: string, to: string | null): string {
  const first = show.date(show.day(from))
  if (to === null) return t('organisation.since', { from: first })
  return t('organisation.span', { from: first, to: show.lastDay(to) })
}
