// 国办函〔2026〕12号: phone layouts never show a rank. What must not be shown is therefore not rendered at all
// (no hiding by style sheet), and the board page asks this before it even requests a board.
import { onScopeDispose, readonly, ref, type Ref } from 'vue'

export const PHONE = '(max-width: 640px)'

export function usePhone(): Readonly<Ref<boolean>> {
  const query = window.matchMedia(PHONE)
  const phone = ref(query.matches)
  const changed = (event: MediaQueryListEvent) => (phone.value = event.matches)
  query.addEventListener('change', changed)
  onScopeDispose(() => query.removeEventListener('change', changed))
  return readonly(phone)
}
