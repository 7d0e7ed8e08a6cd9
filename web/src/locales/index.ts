// Chinese is part of the program, English is fetched when chosen; the choice is remembered.
import { createI18n } from 'vue-i18n'
import { computed } from 'vue'
import type { ActorKind, Entry } from '@/api/types'
import { region } from '@/api/region'
import { formatDuration } from '@/domain/duration'
import { formatField, formatMeasure } from '@/domain/measure'
import { formatDate, formatPeriod, formatShortDate } from '@/domain/period'
import { formatChange, formatCount, formatPoints, isNegative, isZero, type Locale } from '@/domain/points'
import { formatClock, formatDay, formatInstant } from '@/domain/time'
import zhCN, { type MessageSchema } from './zh-CN'

export type { Locale }

type Keys<T, Prefix extends string = ''> = {
  [K in keyof T & string]: T[K] extends string ? `${Prefix}${K}` : Keys<T[K], `${Prefix}${K}.`>
}[keyof T & string]
export type TextKey = Keys<MessageSchema>
/** Roles that have a name here. */
export type RoleWord = keyof MessageSchema['app']['roles']

const STORED = 'jifen.locale'

export const i18n = createI18n<[MessageSchema], Locale, false>({
  legacy: false,
  locale: 'zh-CN',
  fallbackLocale: 'zh-CN',
  flatJson: false,
  messages: { 'zh-CN': zhCN } as Record<Locale, MessageSchema>,
})

const current = i18n.global.locale as unknown as { value: Locale }
export const locale = computed(() => current.value)

export async function setLocale(next: Locale): Promise<void> {
  if (next === 'en') i18n.global.setLocaleMessage('en', (await import('./en')).default)
  current.value = next
  document.documentElement.lang = next
  try {
    localStorage.setItem(STORED, next)
  } catch {
    /* not remembered, that is all */
  }
}

export function rememberedLocale(): Locale {
  try {
    return localStorage.getItem(STORED) === 'en' ? 'en' : 'zh-CN'
  } catch {
    return 'zh-CN'
  }
}

const translate = i18n.global.t as (key: string, named?: Record<string, unknown>, plural?: number) => string

/** `n` chooses between the forms of a text that has two (`{n} day | {n} days`), unless `plural` does. */
export function t(key: TextKey, named: Record<string, unknown> = {}, plural = String(named.n) === '1' ? 1 : 2): string {
  return translate(key, named, plural)
}

/** A word of an open list (event types, kinds of facts, acts of the trail, channels): its translation, or the code itself. */
function word(list: 'events' | 'factKinds' | 'acts' | 'channels', code: string): string {
  const messages: Record<string, string> = i18n.global.getLocaleMessage(current.value)[list]
  return messages[code] ?? code
}

function pick(zh: string, en: string): string {
  return current.value === 'en' && en !== '' ? en : zh
}

const zone = () => region.value?.time_zone ?? 'Asia/Shanghai'

/** Values as the reader sees them, in the language chosen and the region's zone. */
export const show = {
  points: (value: string) => formatPoints(value, current.value),
  change: (value: string) => formatChange(value, current.value),
  count: (value: number) => formatCount(value, current.value),
  duration: (milliseconds: number) => formatDuration(milliseconds, current.value),
  date: (date: string) => formatDate(date, current.value),
  shortDate: (date: string) => formatShortDate(date, current.value),
  period: (period: string) => formatPeriod(period, current.value),
  day: (instant: string) => formatDay(instant, zone()),
  /** The last day of a span; its end is told as the moment after it. */
  lastDay: (end: string) => formatDate(formatDay(new Date(Date.parse(end) - 1).toISOString(), zone()), current.value),
  clock: (instant: string) => formatClock(instant, zone()),
  instant: (instant: string) => formatInstant(instant, zone(), current.value),
  measure: (measure: Parameters<typeof formatMeasure>[0]) => formatMeasure(measure, current.value),
  field: (field: Parameters<typeof formatField>[0]) =>
    formatField(field, current.value, { yes: t('entry.yes'), no: t('entry.no') }),
  pick,
  ruleTitle: (rule: { title: string; title_en: string }) => pick(rule.title, rule.title_en),
  entryTitle: (entry: Entry) => pick(entry.rule_title, entry.rule_title_en),
  dimension: (code: string) => {
    const named = region.value?.dimensions.find((dimension) => dimension.code === code)
    return named === undefined ? code : pick(named.zh, named.en)
  },
  hall: (code: string) => region.value?.halls.find((hall) => hall.code === code)?.name ?? code,
  event: (type: string) => word('events', type.replace(/^jifen\./, '')),
  act: (act: string) => word('acts', act),
  factKind: (kind: string) => word('factKinds', kind),
  channel: (code: string) => word('channels', code),
  name: (subject: { name: string; actor_kind: ActorKind | null }, code: string) => (subject.name === '' ? code : subject.name),
}

export type ShownKind = keyof MessageSchema['kindsOfEntry']

export function shownKind(entry: Pick<Entry, 'kind' | 'points' | 'anchor_kind'>): ShownKind {
  // A cap is over a period; what is taken back of one fact counts once elsewhere.
  if (entry.kind === 'clamp' && entry.anchor_kind === 'fact') return 'once'
  if (entry.kind !== 'award') return entry.kind
  return isZero(entry.points) ? 'zero' : isNegative(entry.points) ? 'loss' : 'gain'
}

/** The language of files that the server writes. */
export const language = computed(() => (current.value === 'en' ? 'en' : 'zh'))

export function useText() {
  return { t, show, locale }
}
