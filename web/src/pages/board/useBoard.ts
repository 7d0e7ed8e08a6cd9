import { computed, onScopeDispose, shallowRef } from 'vue'
import { api } from '@/api/client'
import { useLive, type LiveChange } from '@/api/live'
import { ensureRegion, loadRegion, region } from '@/api/region'
import { DIMENSIONS, SUBJECT_KINDS, type Leaderboard, type SubjectKind } from '@/api/types'
import { useLoad } from '@/api/useLoad'
import { useMore } from '@/api/useMore'
import { granularityOf, periodOf } from '@/domain/period'
import { compact, useQuery } from '@/ui/useQuery'

export const PAGE = 50
/** A board is read again at most this often. */
const READ_AGAIN_MS = 1_000
/** Most rows read again at once. */
const SHOWN_MAX = 1_000

export interface BoardFilters {
  subject: SubjectKind
  period: string
  dimension: string
  rule: string
  minFacts: string
}

/** Whether a change may move anything on this board. */
export function touches(change: LiveChange, filters: Pick<BoardFilters, 'subject' | 'period'>): boolean {
  if (change.first_date === null || change.last_date === null) return false
  const subject = change.any_subject || change.subjects.some(({ kind }) => kind === filters.subject)
  const granularity = granularityOf(filters.period)
  if (!subject || granularity === null) return false
  // Periods of one length are ordered as their texts are.
  const [first, last] = [change.first_date, change.last_date].map((date) => periodOf(date, granularity))
  return first !== undefined && last !== undefined && first <= filters.period && filters.period <= last
}

/** The board of the filters in the address; `enabled` is false on phones, which must not even load one. */
export function useBoard(enabled: () => boolean) {
  const { read, write } = useQuery()

  const span = computed(() => {
    const { first_date: first, last_date: last } = region.value ?? {}
    return first && last ? { first, last } : null
  })

  const filters = computed<BoardFilters>(() => {
    const asked = read('period')
    return {
      subject: SUBJECT_KINDS.find((kind) => kind === read('subject')) ?? 'person',
      period: granularityOf(asked) !== null ? asked : span.value === null ? 'all' : periodOf(span.value.last, 'month'),
      dimension: DIMENSIONS.find((code) => code === read('dimension')) ?? '',
      rule: read('rule'),
      minFacts: /^\d+$/.test(read('min_facts')) ? read('min_facts') : '',
    }
  })

  function query(cursor?: string) {
    const { subject, period, dimension, rule, minFacts } = filters.value
    return {
      subject,
      period,
      limit: PAGE,
      ...compact({ dimension, rule, cursor }),
      ...(minFacts === '' ? {} : { min_facts: Number(minFacts) }),
    }
  }

  const moved = shallowRef(false)
  const { extra, next, begun, begin, more, moreBusy, moreFailed } = useMore(
    (cursor) => api.leaderboard(query(cursor)),
    (page) => {
      if (page.as_of_position !== data.value?.as_of_position) moved.value = true
    },
  )

  // What was last asked for; a window that shrinks to a phone and grows again keeps its board.
  let asked = ''
  const { data, error, busy, reload } = useLoad(
    () => (enabled() ? (asked = JSON.stringify(filters.value)) : asked),
    async (signal): Promise<Leaderboard | null> => {
      await ensureRegion(signal)
      if (!enabled()) return data.value
      if (span.value === null) return null
      const board = await api.leaderboard(query(), signal)
      begin(board.next)
      moved.value = false
      return board
    },
  )

  /** Reads again all rows that are shown; a row that changed its place slides there. */
  async function refresh(): Promise<void> {
    if (data.value === null || busy.value || moreBusy.value || document.hidden) return
    const mine = begun.value
    const shown = Math.min(Math.max(PAGE, data.value.items.length + extra.value.length), SHOWN_MAX)
    try {
      const board = await api.leaderboard({ ...query(), limit: shown })
      if (mine !== begun.value || busy.value || !enabled()) return
      extra.value = []
      next.value = board.next
      moved.value = false
      data.value = board
    } catch {
      // The next change, or the sign in the frame, tells more.
      moved.value = true
    }
  }

  let due: ReturnType<typeof setTimeout> | null = null
  let readAt = 0
  function soon(): void {
    if (due !== null) return
    due = setTimeout(
      () => {
        due = null
        readAt = Date.now()
        void refresh()
      },
      Math.max(0, readAt + READ_AGAIN_MS - Date.now()),
    )
  }

  useLive((change) => {
    if (change === null || change.region_changed) {
      void loadRegion().catch(() => undefined)
      soon()
    } else if (touches(change, filters.value)) soon()
  })
  const seen = () => document.hidden || soon()
  document.addEventListener('visibilitychange', seen)
  onScopeDispose(() => {
    if (due !== null) clearTimeout(due)
    document.removeEventListener('visibilitychange', seen)
  })

  const items = computed(() => [...(data.value?.items ?? []), ...extra.value])

  return { filters, span, write, board: data, items, next, error, busy, reload, more, moreBusy, moreFailed, moved }
}
