import { ref, shallowRef } from 'vue'
import { api } from '@/api/client'
import type { ChangeRehearsal, OrganisationChange } from '@/api/types'
import { useDecision } from '../quality/useDecision'

/** A change goes in two steps: what it would do is shown, then it is confirmed with a reason. */
export function useChange(changed: () => void) {
  const { busy, refusal, send } = useDecision()
  const rehearsed = shallowRef<{ change: OrganisationChange; rehearsal: ChangeRehearsal } | null>(null)
  const reason = ref('')

  async function rehearse(change: OrganisationChange): Promise<void> {
    rehearsed.value = null
    const rehearsal = await send(() => api.rehearseChanges({ changes: [change] }))
    if (rehearsal !== null) rehearsed.value = { change, rehearsal }
  }

  async function confirm(): Promise<void> {
    const shown = rehearsed.value
    if (shown === null) return
    const made = await send((key) => api.changeOrganisation({ changes: [shown.change], reason: reason.value.trim() }, key))
    if (made === null) return
    drop()
    changed()
  }

  function drop(): void {
    rehearsed.value = null
    reason.value = ''
    refusal.value = null
  }
  return { busy, refusal, rehearsed, reason, rehearse, confirm, drop }
}
