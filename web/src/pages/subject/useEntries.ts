import { shallowRef, type Ref } from 'vue'
import { api } from '@/api/client'
import type { Entry, SubjectKind } from '@/api/types'
import { useLoad } from '@/api/useLoad'
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
  const next = shallowRef<string | null>(null)
  const moreBusy = shallowRef(false)
  const moreFailed = shallowRef(false)
  let generation = 0

  function query(cursor?: string) {
    const { kind, code, period, rule, dimension } = filter.value
    return { subject_kind: kind, subject: code, period, limit: ENTRY_PAGE, ...compact({ rule, dimension, cursor }) }
  }

  const { data, error, busy, reload } = useLoad(
    () => JSON.stringify(filter.value),
    async (signal): Promise<Entry[]> => {
      const page = await api.entries(query(), signal)
      generation += 1
      next.value = page.next
      moreBusy.value = false
      moreFailed.value = false
      return page.items
    },
  )

  async function more(): Promise<void> {
    if (next.value === null || moreBusy.value) return
    const mine = generation
    moreBusy.value = true
    moreFailed.value = false
    try {
      const page = await api.entries(query(next.value))
      if (mine !== generation) return
      data.value = [...(data.value ?? []), ...page.items]
      next.value = page.next
    } catch {
      if (mine !== generation) return
      moreFailed.value = true
    }
    moreBusy.value = false
  }

  return { entries: data, error, busy, reload, next, more, moreBusy, moreFailed }
}
