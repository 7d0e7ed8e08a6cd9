import { computed, onScopeDispose, shallowRef } from 'vue'
import { api } from '@/api/client'
import { ensureRegion, loadRegion, region } from '@/api/region'
import { DIMENSIONS, SUBJECT_KINDS, type Leaderboard, type LeaderboardItem, type SubjectKind } from '@/api/types'
import { useLoad } from '@/api/useLoad'
import { granularityOf, periodOf } from '@/domain/period'
import { compact, useQuery } from '@/ui/useQuery'

export const PAGE = 50
const LOOK_AGAIN_MS = 30_000

export interface BoardFilters {
  subject: SubjectKind
  period: string
  dimension: string
  rule: string
  minFacts: string
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

  const extra = shallowRef<LeaderboardItem[]>([])
  const next = shallowRef<string | null>(null)
  const moreBusy = shallowRef(false)
  const moreFailed = shallowRef(false)
  const moved = shallowRef(false)
  let generation = 0

  // What was last asked for; a window that shrinks to a phone and grows again keeps its board.
  let asked = ''
  const { data, error, busy, reload } = useLoad(
    () => (enabled() ? (asked = JSON.stringify(filters.value)) : asked),
    async (signal): Promise<Leaderboard | null> => {
      await ensureRegion(signal)
      if (!enabled()) return data.value
      if (span.value === null) return null
      const board = await api.leaderboard(query(), signal)
      generation += 1
      extra.value = []
      next.value = board.next
      moreFailed.value = false
      moreBusy.value = false
      moved.value = false
      return board
    },
  )

  async function more(): Promise<void> {
    if (next.value === null || moreBusy.value) return
    const mine = generation
    moreBusy.value = true
    moreFailed.value = false
    try {
      const page = await api.leaderboard(query(next.value))
      if (mine !== generation) return
      extra.value = [...extra.value, ...page.items]
      next.value = page.next
      if (page.as_of_position !== data.value?.as_of_position) moved.value = true
    } catch {
      if (mine !== generation) return
      moreFailed.value = true
    }
    moreBusy.value = false
  }

  // New entries never move rows under the reader's eye: the page only says that there are some.
  const timer = setInterval(() => {
    const board = data.value
    if (board === null || document.hidden || moved.value) return
    loadRegion().then(
      (now) => (moved.value = now.head_position > board.as_of_position),
      () => undefined,
    )
  }, LOOK_AGAIN_MS)
  onScopeDispose(() => clearInterval(timer))

  const items = computed(() => [...(data.value?.items ?? []), ...extra.value])

  return { filters, span, write, board: data, items, next, error, busy, reload, more, moreBusy, moreFailed, moved }
}
