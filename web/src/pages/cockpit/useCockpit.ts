import { computed } from 'vue'
import { api } from '@/api/client'
import { ensureRegion } from '@/api/region'
import { usePoll } from '@/api/usePoll'
import { compact, useQuery } from '@/ui/useQuery'

/** How often the cockpit looks. */
const EVERY_MS = 3_000

/** The hall now, of the hall in the address or of all. */
export function useCockpit() {
  const { read, write } = useQuery()
  const hall = computed(() => read('hall'))
  const { data, error, stale, reload } = usePoll(
    hall,
    async (signal) => {
      await ensureRegion(signal)
      return api.now(compact({ hall: hall.value }), signal)
    },
    EVERY_MS,
  )
  return { hall, write, now: data, error, stale, reload }
}
