import { computed, shallowRef } from 'vue'
import { api } from '@/api/client'
import { ensureRegion } from '@/api/region'
import type { AuditEntry } from '@/api/types'
import { useLoad } from '@/api/useLoad'
import { compact, useQuery } from '@/ui/useQuery'

export const AUDIT_KINDS = ['change', 'reading', 'sign_in'] as const
export type AuditKind = (typeof AUDIT_KINDS)[number]
export const AUDIT_PAGE = 50
const DAY = /^\d{4}-\d\d-\d\d$/

/** The trail as the address filters it, page after page, and whether its chain holds. */
export function useAudit() {
  const { read, write } = useQuery()
  const filters = computed(() => {
    const day = (name: string) => (DAY.test(read(name)) ? read(name) : '')
    return { kind: AUDIT_KINDS.find((kind) => kind === read('kind')) ?? '', actor: read('actor'), q: read('q'), from: day('from'), to: day('to') }
  })

  const extra = shallowRef<AuditEntry[]>([])
  const next = shallowRef<string | null>(null)
  const moreBusy = shallowRef(false)
  const moreFailed = shallowRef(false)
  let generation = 0

  const { data, error, busy, reload } = useLoad(
    () => JSON.stringify(filters.value),
    async (signal) => {
      await ensureRegion(signal)
      const page = await api.audit({ ...compact(filters.value), limit: AUDIT_PAGE }, signal)
      generation += 1
      extra.value = []
      next.value = page.next
      moreBusy.value = moreFailed.value = false
      return page
    },
  )
  const chain = useLoad(() => 0, (signal) => api.auditChain(signal))

  async function more(): Promise<void> {
    if (next.value === null || moreBusy.value) return
    const mine = generation
    moreBusy.value = true
    moreFailed.value = false
    try {
      const page = await api.audit({ ...compact(filters.value), limit: AUDIT_PAGE, cursor: next.value })
      if (mine !== generation) return
      extra.value = [...extra.value, ...page.items]
      next.value = page.next
    } catch {
      if (mine !== generation) return
      moreFailed.value = true
    }
    moreBusy.value = false
  }

  const entries = computed(() => (data.value === null ? null : [...data.value.items, ...extra.value]))
  return { filters, write, entries, next, error, busy, reload, more, moreBusy, moreFailed, chain }
}
