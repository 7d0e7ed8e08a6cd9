import { computed } from 'vue'
import { api } from '@/api/client'
import type { PublicPage } from '@/api/types'
import { useLoad } from '@/api/useLoad'
import { useQuery } from '@/ui/useQuery'

interface Shown {
  regions: { code: string; name: string }[]
  page: PublicPage | null
}

/** The region in the address; the only one there is without, else a choice. */
export function usePublic() {
  const { read, write } = useQuery()
  const asked = computed(() => read('region'))
  const { data, error, busy, reload } = useLoad<Shown>(asked, async (signal) => {
    const { items: regions } = await api.publicRegions(signal)
    const code = asked.value !== '' ? asked.value : regions.length === 1 ? regions[0]?.code : undefined
    return { regions, page: code === undefined ? null : await api.publicPage(code, signal) }
  })
  return { data, error, busy, reload, choose: (region: string) => write({ region }) }
}
