import { computed } from 'vue'
import { api } from '@/api/client'
import { ensureRegion } from '@/api/region'
import { useLoad } from '@/api/useLoad'
import { compact, useQuery } from '@/ui/useQuery'

const NAMES = ['hall', 'control', 'from', 'change', 'to'] as const

/** The halls and spans of the address; what it leaves open the server chooses. */
export function useEffect() {
  const { read, write } = useQuery()
  const asked = computed(() => compact(Object.fromEntries(NAMES.map((name) => [name, read(name)]))))
  const { data, error, busy, reload } = useLoad(
    () => JSON.stringify(asked.value),
    async (signal) => {
      await ensureRegion(signal)
      return api.effect(asked.value, signal)
    },
  )
  const chosen = computed(() => Object.keys(asked.value).length > 0)
  function reset(): void {
    write(Object.fromEntries(NAMES.map((name) => [name, ''])))
  }
  return { effect: data, error, busy, reload, write, chosen, reset }
}
