import { computed } from 'vue'
import { api } from '@/api/client'
import { ensureRegion } from '@/api/region'
import { useLoad } from '@/api/useLoad'
import { useMore } from '@/api/useMore'
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

  const ask = (cursor?: string, signal?: AbortSignal) => api.audit({ ...compact({ ...filters.value, cursor }), limit: AUDIT_PAGE }, signal)
  const { extra, next, begin, more, moreBusy, moreFailed } = useMore(ask)

  const { data, error, busy, reload } = useLoad(
    () => JSON.stringify(filters.value),
    async (signal) => {
      await ensureRegion(signal)
      const page = await ask(undefined, signal)
      begin(page.next)
      return page
    },
  )
  const chain = useLoad(() => 0, (signal) => api.auditChain(signal))

  const entries = computed(() => (data.value === null ? null : [...data.value.items, ...extra.value]))
  return { filters, write, entries, error, busy, reload, next, more, moreBusy, moreFailed, chain }
}
