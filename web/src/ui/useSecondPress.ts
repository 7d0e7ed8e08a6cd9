import { ref } from 'vue'

/** What cannot be undone takes a second press: the first one asks, and looking elsewhere takes the question back. */
export function useSecondPress<T extends string | number>() {
  const asked = ref<T | null>(null)

  /** A press; whether it is the second one on the same. */
  function pressed(what: T): boolean {
    const again = asked.value === what
    asked.value = again ? null : what
    return again
  }

  return { asked, pressed }
}
