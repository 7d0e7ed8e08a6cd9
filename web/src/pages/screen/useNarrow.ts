import { onScopeDispose, readonly, shallowRef, type Ref } from 'vue'

const NARROW = '(max-width: 767px)'

/** Whether the page is on something held in a hand. */
export function useNarrow(): Readonly<Ref<boolean>> {
  const query = window.matchMedia(NARROW)
  const narrow = shallowRef(query.matches)
  const changed = (event: MediaQueryListEvent) => (narrow.value = event.matches)
  query.addEventListener('change', changed)
  onScopeDispose(() => query.removeEventListener('change', changed))
  return readonly(narrow)
}
