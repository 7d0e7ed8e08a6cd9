import { computed } from 'vue'
import { useRoute } from 'vue-router'
import { api } from '@/api/client'
import { ensureRegion } from '@/api/region'
import { useLoad } from '@/api/useLoad'

/** The case or counter service of the address. */
export function useCase() {
  const route = useRoute()
  const kind = computed<'case' | 'service'>(() => (route.name === 'service' ? 'service' : 'case'))
  const key = computed(() => String(route.params.key))
  const { data, error, busy, reload } = useLoad(
    () => `${kind.value}/${key.value}`,
    async (signal) => {
      await ensureRegion(signal)
      return kind.value === 'case' ? api.caseFile(key.value, signal) : api.serviceFile(key.value, signal)
    },
  )
  return { kind, key, file: data, error, busy, reload }
}
