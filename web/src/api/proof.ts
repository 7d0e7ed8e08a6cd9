// Closings, roles and keys take a recent proof of who one is. Whoever is refused for want of it is asked once, and what they wanted is
// then sent again as it was.
import { shallowRef } from 'vue'

/** The question that is open: answered with whether it was proved. */
export const asked = shallowRef<((proved: boolean) => void) | null>(null)

let open: Promise<boolean> | null = null

/** Asks whoever sits there to prove it; several at once are one question. */
export function askProof(): Promise<boolean> {
  open ??= new Promise<boolean>((resolve) => {
    asked.value = (proved) => {
      asked.value = null
      open = null
      resolve(proved)
    }
  })
  return open
}

/** Whether an answer says that a proof is wanted; its body can still be read. */
export async function wantsProof(response: Response): Promise<boolean> {
  if (response.status !== 403) return false
  const problem: unknown = await response.clone().json().catch(() => null)
  return typeof problem === 'object' && problem !== null && (problem as { code?: unknown }).code === 'proof_needed'
}
