import { computed } from 'vue'
import { api } from '@/api/client'
import type { PublicDraft, PublicPage } from '@/api/types'
import { useLoad } from '@/api/useLoad'
import { useQuery } from '@/ui/useQuery'

interface Shown {
  regions: { code: string; name: string }[]
  page: PublicPage | null
  /** Drafts of rules in their days of notice. */
  notices: PublicDraft[]
}

/** The region in the address; the only one there is without, else a choice. */
export function usePublic() {
  const { read, write } = useQuery()
  const asked = computed(() => read('region'))
  const { data, error, busy, reload } = useLoad<Shown>(asked, async (signal) => {
    const { items: regions } = await api.publicRegions(signal)
    const code = asked.value !== '' ? asked.value : regions.length === 1 ? regions[0]?.code : undefined
    if (code === undefined) return { regions, page: null, notices: [] }
    const [page, notices] = await Promise.all([api.publicPage(code, signal), api.publicDrafts(code, signal)])
    return { regions, page, notices: notices.items }
  })
  return { data, error, busy, reload, choose: (region: string) => write({ region }) }
}
