// Instants are shown in the region's zone, never in the reader's.
import type { Locale } from './points'
import { formatDate } from './period'

const cache = new Map<string, Intl.DateTimeFormat>()

function formatter(zone: string): Intl.DateTimeFormat {
  let found = cache.get(zone)
  if (found === undefined) {
    found = new Intl.DateTimeFormat('en-GB', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    })
    cache.set(zone, found)
  }
  return found
}

function parts(instant: string, zone: string): { date: string; clock: string } | null {
  const time = new Date(instant)
  if (Number.isNaN(time.getTime())) return null
  const of: Record<string, string> = {}
  for (const { type, value } of formatter(zone).formatToParts(time)) of[type] = value
  return { date: `${of.year}-${of.month}-${of.day}`, clock: `${of.hour}:${of.minute}:${of.second}` }
}

/** `09:18:20` */
export function formatClock(instant: string, zone: string): string {
  return parts(instant, zone)?.clock ?? instant
}

/** `2026 年 11 月 23 日 09:18:20` */
export function formatInstant(instant: string, zone: string, locale: Locale): string {
  const found = parts(instant, zone)
  return found === null ? instant : `${formatDate(found.date, locale)} ${found.clock}`
}

/** `2026-11-23`: the day of an instant in the zone. */
export function formatDay(instant: string, zone: string): string {
  return parts(instant, zone)?.date ?? instant
}
