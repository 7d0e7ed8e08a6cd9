import { computed, type Ref } from 'vue'
import { api } from '@/api/client'
import type { Entry, SubjectKind } from '@/api/types'
import { useLoad } from '@/api/useLoad'
import { useMore } from '@/api/useMore'
import { compact } from '@/ui/useQuery'

export const ENTRY_PAGE = 50

export interface EntryFilter {
  kind: SubjectKind
  code: string
  period: string
  rule: string
  dimension: string
}

/** Entries of a subject, newest first, page by page. */
export function useEntries(filter: Readonly<Ref<EntryFilter>>) {
  function ask(cursor?: string, signal?: AbortSignal) {
    const { kind, code, period, rule, dimension } = filter.value
    return api.entries({ subject_kind: kind, subject: code, period, limit: ENTRY_PAGE, ...compact({ rule, dimension, cursor }) }, signal)
  }
  const { extra, next, begin, more, moreBusy, moreFailed } = useMore(ask)

  const { data, error, busy, reload } = useLoad(
    () => JSON.stringify(filter.value),
    async (signal): Promise<Entry[]> => {
      const page = await ask(undefined, signal)
      begin(page.next)
      return page.items
    },
  )

  const entries = computed(() => (data.value === null ? null : [...data.value, ...extra.value]))
  return { entries, error, busy, reload, next, more, moreBusy, moreFailed }
}
