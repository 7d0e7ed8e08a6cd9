import { computed, ref, shallowRef, watch } from 'vue'
import { api } from '@/api/client'
import { ensureRegion } from '@/api/region'
import type { Hold, QuarantinedEvent, UnknownCode } from '@/api/types'
import { usePoll } from '@/api/usePoll'
import { useQuery } from '@/ui/useQuery'

export const VIEWS = ['sources', 'codes', 'holds', 'quarantine'] as const
export type View = (typeof VIEWS)[number]
export const CODE_KINDS = ['person', 'window', 'matter', 'department', 'hall'] as const
export type CodeKind = (typeof CODE_KINDS)[number]
export type Rows =
  | { view: 'codes'; items: UnknownCode[] }
  | { view: 'holds'; items: Hold[] }
  | { view: 'quarantine'; items: QuarantinedEvent[] }

const EVERY_MS = 10_000
const PAGE = 50
/** What the server gives at once. */
const LIMIT_MAX = 1_000

/** The page's summary, and the list of the view in the address. */
export function useQuality() {
  const { read, write } = useQuery()
  const view = computed<View>(() => VIEWS.find((name) => name === read('view')) ?? 'sources')
  const kind = computed(() => CODE_KINDS.find((name) => name === read('kind')) ?? '')
  const all = computed(() => read('shown') === 'all')

  const summary = usePoll(
    () => 0,
    async (signal) => {
      await ensureRegion(signal)
      return api.quality(signal)
    },
    EVERY_MS,
  )

  const limit = ref(PAGE)
  const asked = computed(() => JSON.stringify([view.value, kind.value, all.value]))
  watch(asked, () => (limit.value = PAGE), { flush: 'sync' })
  async function load(signal: AbortSignal): Promise<{ rows: Rows; next: string | null } | null> {
    await ensureRegion(signal)
    switch (view.value) {
      case 'sources':
        return null
      case 'codes': {
        const page = await api.unknownCodes({ limit: limit.value, ...(kind.value === '' ? {} : { kind: kind.value }) }, signal)
        return { rows: { view: 'codes', items: page.items }, next: page.next }
      }
      case 'holds': {
        const page = await api.holds({ limit: limit.value }, signal)
        return { rows: { view: 'holds', items: page.items }, next: page.next }
      }
      case 'quarantine': {
        const page = await api.quarantine({ limit: limit.value, ...(all.value ? {} : { open: true }) }, signal)
        return { rows: { view: 'quarantine', items: page.items }, next: page.next }
      }
    }
  }
  const list = usePoll(asked, load, EVERY_MS)
  const rows = computed(() => (list.data.value?.rows.view === view.value ? list.data.value.rows : null))
  const hasMore = computed(() => list.data.value?.next != null && limit.value < LIMIT_MAX)
  const moreBusy = shallowRef(false)
  async function more(): Promise<void> {
    limit.value = Math.min(LIMIT_MAX, limit.value + PAGE)
    moreBusy.value = true
    await list.reload()
    moreBusy.value = false
  }

  /** After a decision both are old. */
  async function reload(): Promise<void> {
    await Promise.all([summary.reload(), list.reload()])
  }

  return { view, kind, all, write, summary, list, rows, reload, more, moreBusy, hasMore }
}
