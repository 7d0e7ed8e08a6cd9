// Periods as the API writes them: 2011-05-07, 2011-W18 (ISO), 2011-05, 2011-Q2, 2011, all.
import type { Locale } from './points'

export const GRANULARITIES = ['day', 'week', 'month', 'quarter', 'year', 'all'] as const
export type Granularity = (typeof GRANULARITIES)[number]

const DAY_MS = 86_400_000

const SHAPES: readonly [Granularity, RegExp][] = [
  ['day', /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/],
  ['week', /^\d{4}-W(0[1-9]|[1-4]\d|5[0-3])$/],
  ['month', /^\d{4}-(0[1-9]|1[0-2])$/],
  ['quarter', /^\d{4}-Q[1-4]$/],
  ['year', /^\d{4}$/],
  ['all', /^all$/],
]

function at(year: number, month: number, day: number): Date {
  return new Date(Date.UTC(year, month - 1, day))
}

function iso(date: Date): string {
  return date.toISOString().slice(0, 10)
}

export function parseDate(date: string): Date {
  return new Date(`${date}T00:00:00Z`)
}

export function addDays(date: string, days: number): string {
  return iso(new Date(parseDate(date).getTime() + days * DAY_MS))
}

export function daysBetween(from: string, to: string): number {
  return Math.round((parseDate(to).getTime() - parseDate(from).getTime()) / DAY_MS)
}

/** The granularity of a period, or null where the text is none. */
export function granularityOf(period: string): Granularity | null {
  const found = SHAPES.find(([, shape]) => shape.test(period))?.[0] ?? null
  if (found === 'day' && iso(parseDate(period)) !== period) return null
  if (found === 'week' && weekOf(mondayOf(period)) !== period) return null
  return found
}

function weekOf(date: Date): string {
  const thursday = new Date(date.getTime() + (3 - ((date.getUTCDay() + 6) % 7)) * DAY_MS)
  const year = thursday.getUTCFullYear()
  const week = Math.floor((thursday.getTime() - at(year, 1, 1).getTime()) / DAY_MS / 7) + 1
  return `${year}-W${String(week).padStart(2, '0')}`
}

function mondayOf(week: string): Date {
  const [year = '', number = ''] = week.split('-W')
  const fourth = at(Number(year), 1, 4)
  const monday = fourth.getTime() - ((fourth.getUTCDay() + 6) % 7) * DAY_MS
  return new Date(monday + (Number(number) - 1) * 7 * DAY_MS)
}

export function periodOf(date: string, granularity: Granularity): string {
  const [year = '', month = ''] = date.split('-')
  switch (granularity) {
    case 'day':
      return date
    case 'week':
      return weekOf(parseDate(date))
    case 'month':
      return `${year}-${month}`
    case 'quarter':
      return `${year}-Q${Math.ceil(Number(month) / 3)}`
    case 'year':
      return year
    case 'all':
      return 'all'
  }
}

/** First and last day of a period; null for `all` and for what is no period. */
export function rangeOf(period: string): { first: string; last: string } | null {
  const [year = '', rest = ''] = period.split('-')
  const y = Number(year)
  switch (granularityOf(period)) {
    case 'day':
      return { first: period, last: period }
    case 'week': {
      const monday = mondayOf(period)
      return { first: iso(monday), last: iso(new Date(monday.getTime() + 6 * DAY_MS)) }
    }
    case 'month':
      return { first: `${period}-01`, last: iso(at(y, Number(rest) + 1, 0)) }
    case 'quarter': {
      const start = (Number(rest.slice(1)) - 1) * 3 + 1
      return { first: iso(at(y, start, 1)), last: iso(at(y, start + 3, 0)) }
    }
    case 'year':
      return { first: `${year}-01-01`, last: `${year}-12-31` }
    default:
      return null
  }
}

/** The period `steps` later (earlier when negative); null for `all`. */
export function shiftPeriod(period: string, steps: 1 | -1): string | null {
  const granularity = granularityOf(period)
  const range = rangeOf(period)
  if (granularity === null || range === null) return null
  return periodOf(steps > 0 ? addDays(range.last, 1) : addDays(range.first, -1), granularity)
}

/** All periods of a granularity that touch the span, newest first. */
export function listPeriods(granularity: Granularity, first: string, last: string, limit = 600): string[] {
  if (granularity === 'all') return ['all']
  const found: string[] = []
  let period: string | null = periodOf(last, granularity)
  while (period !== null && found.length < limit) {
    found.push(period)
    if ((rangeOf(period)?.first ?? first) <= first) break
    period = shiftPeriod(period, -1)
  }
  return found
}

/** Moves a period to another granularity: the one that holds its last day inside the data's span. */
export function regrain(period: string, granularity: Granularity, span: { first: string; last: string }): string {
  const range = rangeOf(period) ?? span
  let day = range.last
  if (day > span.last) day = span.last
  if (day < range.first) day = range.first
  return periodOf(day, granularity)
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

function monthEn(month: string): string {
  return MONTHS[Number(month) - 1] ?? month
}

export function formatDate(date: string, locale: Locale): string {
  const [year = '', month = '', day = ''] = date.split('-')
  if (locale === 'en') return `${Number(day)} ${monthEn(month)} ${year}`
  return `${year} 年 ${Number(month)} 月 ${Number(day)} 日`
}

/** Without the year, for axes and lists inside one period. */
export function formatShortDate(date: string, locale: Locale): string {
  const [, month = '', day = ''] = date.split('-')
  return locale === 'en' ? `${Number(day)} ${monthEn(month)}` : `${Number(month)} 月 ${Number(day)} 日`
}

export function formatPeriod(period: string, locale: Locale): string {
  const [year = '', rest = ''] = period.split('-')
  const en = locale === 'en'
  switch (granularityOf(period)) {
    case 'day':
      return formatDate(period, locale)
    case 'week': {
      const range = rangeOf(period)
      const span = range === null ? '' : `${formatShortDate(range.first, locale)}–${formatShortDate(range.last, locale)}`
      const week = Number(rest.slice(1))
      return en ? `Week ${week}, ${year} (${span})` : `${year} 年第 ${week} 周（${span}）`
    }
    case 'month':
      return en ? `${monthEn(rest)} ${year}` : `${year} 年 ${Number(rest)} 月`
    case 'quarter':
      return en ? `${rest} ${year}` : `${year} 年第 ${rest.slice(1)} 季度`
    case 'year':
      return en ? year : `${year} 年`
    case 'all':
      return en ? 'All time' : '全部时间'
    default:
      return period
  }
}
