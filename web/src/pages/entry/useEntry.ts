import { computed, shallowRef } from 'vue'
import { useRoute } from 'vue-router'
import { api } from '@/api/client'
import { ensureRegion } from '@/api/region'
import type { Explanation, Fact } from '@/api/types'
import { useLoad } from '@/api/useLoad'

export const FACT_PAGE = 50

/** The explanation of the entry in the address; the facts of a period award come page by page. */
export function useEntry() {
  const route = useRoute()
  const regionCode = computed(() => String(route.params.region))
  const position = computed(() => Number(route.params.position))

  const facts = shallowRef<Fact[]>([])
  const next = shallowRef<string | null>(null)
  const moreBusy = shallowRef(false)
  const moreFailed = shallowRef(false)
  let generation = 0

  const { data, error, busy, reload } = useLoad(
    () => `${regionCode.value}/${position.value}`,
    async (signal): Promise<Explanation> => {
      await ensureRegion(signal)
      const explained = await api.explanation({ region: regionCode.value, position: position.value }, { limit: FACT_PAGE }, signal)
      generation += 1
      facts.value = explained.facts
      next.value = explained.facts_next
      moreBusy.value = false
      moreFailed.value = false
      return explained
    },
  )

  async function more(): Promise<void> {
    if (next.value === null || moreBusy.value) return
    const mine = generation
    moreBusy.value = true
    moreFailed.value = false
    try {
      const page = await api.explanation({ region: regionCode.value, position: position.value }, { limit: FACT_PAGE, cursor: next.value })
      if (mine !== generation) return
      facts.value = [...facts.value, ...page.facts]
      next.value = page.facts_next
    } catch {
      if (mine !== generation) return
      moreFailed.value = true
    }
    moreBusy.value = false
  }

  return { regionCode, position, explanation: data, facts, error, busy, reload, next, more, moreBusy, moreFailed }
}
