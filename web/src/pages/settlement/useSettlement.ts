import { computed } from 'vue'
import { api } from '@/api/client'
import { ensureRegion, region } from '@/api/region'
import { SUBJECT_KINDS, type Settlement, type SubjectKind } from '@/api/types'
import { useLoad } from '@/api/useLoad'
import { granularityOf, periodOf, rangeOf, shiftPeriod, type Granularity } from '@/domain/period'
import { useQuery } from '@/ui/useQuery'
import { countOf, narrowed } from './results'

/** Periods that are settled: those that books speak of. */
export const SETTLED: readonly Granularity[] = ['month', 'quarter', 'year']

/** The last month that is over in a span of days; its only month while there is none. */
export function lastMonth(span: { first: string; last: string }): string {
  const current = periodOf(span.last, 'month')
  const before = shiftPeriod(current, -1)
  return before !== null && (rangeOf(before)?.last ?? '') >= span.first ? before : current
}

/** The settlement of the period in the address; `own`: only the reader's own results, without any place. */
export function useSettlement(own: () => boolean) {
  const { read, write } = useQuery()
  const span = computed(() => {
    const { first_date: first, last_date: last } = region.value ?? {}
    return first && last ? { first, last } : null
  })
  const period = computed(() => {
    const asked = read('period')
    const granularity = granularityOf(asked)
    if (granularity !== null && SETTLED.includes(granularity)) return asked
    return span.value === null ? '' : lastMonth(span.value)
  })

  const { data, error, busy, reload } = useLoad(
    () => JSON.stringify([read('period'), own()]),
    async (signal): Promise<Settlement | null> => {
      await ensureRegion(signal)
      if (period.value === '') return null
      return api.settlement({ period: period.value, ...(own() ? { own: 'true' } : {}) }, signal)
    },
  )

  /** Kinds of subject with results, each with how many. */
  const kinds = computed(() => {
    const settled = data.value
    if (settled === null) return []
    return SUBJECT_KINDS.map((kind) => ({ kind, count: countOf(settled, kind) })).filter(({ count }) => count > 0)
  })
  const kind = computed<SubjectKind>(() => {
    const asked = read('subject')
    return kinds.value.find((one) => one.kind === asked)?.kind ?? kinds.value[0]?.kind ?? 'person'
  })
  const shown = computed(() => (data.value === null ? null : narrowed(data.value, kind.value)))

  return { period, span, write, settlement: data, shown, kinds, kind, error, busy, reload }
}
