import { computed } from 'vue'
import { api } from '@/api/client'
import { ensureRegion } from '@/api/region'
import { asker } from '@/api/session'
import { useLoad } from '@/api/useLoad'
import { may } from '@/ui/navigation'
import { useQuery } from '@/ui/useQuery'

/** The day a page of administration shows, in the address; empty: today. */
export function useDay() {
  const { read, write } = useQuery()
  const on = computed(() => read('on'))
  const query = computed(() => (on.value === '' ? {} : { on: on.value }))
  return { read, write, on, query }
}

export function useOrganisation() {
  const { read, write, on, query } = useDay()
  const load = useLoad(
    () => `${asker.value} ${on.value}`,
    async (signal) => {
      await ensureRegion(signal)
      return may('organisation.read') ? api.organisation(query.value, signal) : null
    },
  )
  const changes = useLoad(asker, async (signal) => {
    await ensureRegion(signal)
    return may('roster.edit') ? api.organisationChanges(signal) : null
  })
  return { ...load, changes, read, write }
}
