import { computed, ref, shallowRef, watch } from 'vue'
import { useRoute } from 'vue-router'
import { api } from '@/api/client'
import { ensureRegion } from '@/api/region'
import type { CaseLine, RatingLine, ServiceLine, WindowLine } from '@/api/types'
import { usePoll } from '@/api/usePoll'
import { compact, useQuery } from '@/ui/useQuery'

export type ListName = 'services' | 'windows' | 'cases' | 'ratings'
export type Rows = { list: 'services'; items: ServiceLine[] } | { list: 'windows'; items: WindowLine[] } | { list: 'cases'; items: CaseLine[] } | { list: 'ratings'; items: RatingLine[] }

const EVERY_MS = 5_000
const PAGE = 50
/** What the server gives at once. */
const LIMIT_MAX = 1_000
const FILTERS = ['hall', 'state', 'over', 'zone', 'window', 'department', 'active', 'satisfied'] as const

/** One of the lists of the hall now, with the filters of the address; more rows make the page longer, and all of it stays fresh. */
export function useNowList() {
  const route = useRoute()
  const { read, write } = useQuery()
  const list = computed(() => String(route.params.list) as ListName)
  const filters = computed(() => compact(Object.fromEntries(FILTERS.map((name) => [name, read(name)]))))
  const limit = ref(PAGE)
  const asked = computed(() => JSON.stringify([list.value, filters.value]))
  watch(asked, () => (limit.value = PAGE), { flush: 'sync' })

  async function load(signal: AbortSignal) {
    await ensureRegion(signal)
    const { over, active, satisfied, ...rest } = filters.value
    const yes = (text: string | undefined) => (text === undefined ? undefined : text === 'true')
    const query = { ...rest, limit: limit.value }
    switch (list.value) {
      case 'services': {
        const page = await api.nowServices({ ...query, over: yes(over) }, signal)
        return { ...page, rows: { list: 'services', items: page.items } as Rows }
      }
      case 'windows': {
        const page = await api.nowWindows(query, signal)
        return { ...page, rows: { list: 'windows', items: page.items } as Rows }
      }
      case 'cases': {
        const page = await api.nowCases(query, signal)
        return { ...page, rows: { list: 'cases', items: page.items } as Rows }
      }
      case 'ratings': {
        const page = await api.nowRatings({ ...query, active: yes(active), satisfied: yes(satisfied) }, signal)
        return { ...page, rows: { list: 'ratings', items: page.items } as Rows }
      }
    }
  }

  const { data, error, stale, reload } = usePoll(asked, load, EVERY_MS)
  const moreBusy = shallowRef(false)
  async function more(): Promise<void> {
    limit.value = Math.min(LIMIT_MAX, limit.value + PAGE)
    moreBusy.value = true
    await reload()
    moreBusy.value = false
  }
  const hasMore = computed(() => data.value?.next != null && limit.value < LIMIT_MAX)
  return { list, filters, read, write, page: data, error, stale, reload, more, moreBusy, hasMore }
}
