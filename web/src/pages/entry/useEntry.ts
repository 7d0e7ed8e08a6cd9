import { computed } from 'vue'
import { useRoute } from 'vue-router'
import { api } from '@/api/client'
import { ensureRegion } from '@/api/region'
import type { Explanation } from '@/api/types'
import { useLoad } from '@/api/useLoad'
import { useMore } from '@/api/useMore'

export const FACT_PAGE = 50

/** The explanation of the entry in the address; the facts of a period award come page by page. */
export function useEntry() {
  const route = useRoute()
  const regionCode = computed(() => String(route.params.region))
  const position = computed(() => Number(route.params.position))

  const place = () => ({ region: regionCode.value, position: position.value })
  const { extra, next, begin, more, moreBusy, moreFailed } = useMore(async (cursor) => {
    const page = await api.explanation(place(), { limit: FACT_PAGE, cursor })
    return { items: page.facts, next: page.facts_next }
  })

  const { data, error, busy, reload } = useLoad(
    () => `${regionCode.value}/${position.value}`,
    async (signal): Promise<Explanation> => {
      await ensureRegion(signal)
      const explained = await api.explanation(place(), { limit: FACT_PAGE }, signal)
      begin(explained.facts_next)
      return explained
    },
  )

  const facts = computed(() => (data.value === null ? [] : [...data.value.facts, ...extra.value]))
  return { regionCode, position, explanation: data, facts, error, busy, reload, next, more, moreBusy, moreFailed }
}
