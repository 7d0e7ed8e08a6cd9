import { ref, shallowRef } from 'vue'
import { api } from '@/api/client'
import type { ChangeRehearsal, OrganisationChange } from '@/api/types'
import { useDecision } from '../quality/useDecision'

interface Rehearsed {
  changes: readonly OrganisationChange[]
  rehearsal: ChangeRehearsal
  /** The file they come from; then they are a batch. */
  batch?: string
}

/** Changes go in two steps: what they would do is shown, then they are confirmed with a reason. */
export function useChange(changed: () => void) {
  const { busy, refusal, send } = useDecision()
  const rehearsed = shallowRef<Rehearsed | null>(null)
  const reason = ref('')

  async function rehearse(change: OrganisationChange): Promise<void> {
    rehearsed.value = null
    const rehearsal = await send(() => api.rehearseChanges({ changes: [change] }))
    if (rehearsal !== null) rehearsed.value = { changes: [change], rehearsal }
  }

  async function confirm(): Promise<void> {
    const shown = rehearsed.value
    if (shown === null) return
    const body = { changes: [...shown.changes], reason: reason.value.trim(), ...(shown.batch === undefined ? {} : { batch: shown.batch }) }
    const made = await send((key) => api.changeOrganisation(body, key))
    if (made === null) return
    drop()
    changed()
  }

  function drop(): void {
    rehearsed.value = null
    reason.value = ''
    refusal.value = null
  }
  return { busy, refusal, send, rehearsed, reason, rehearse, confirm, drop }
}
