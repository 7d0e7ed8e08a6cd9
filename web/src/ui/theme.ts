import { ref, watchEffect } from 'vue'

export const THEMES = ['auto', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]

const STORED = 'jifen.theme'

function remembered(): Theme {
  try {
    const value = localStorage.getItem(STORED)
    return THEMES.find((theme) => theme === value) ?? 'auto'
  } catch {
    return 'auto'
  }
}

export const theme = ref<Theme>(remembered())

export function startTheme(): void {
  const query = matchMedia('(prefers-color-scheme: dark)')
  const systemDark = ref(query.matches)
  query.addEventListener('change', (event) => (systemDark.value = event.matches))
  watchEffect(() => {
    const dark = theme.value === 'dark' || (theme.value === 'auto' && systemDark.value)
    document.documentElement.dataset.theme = dark ? 'dark' : 'light'
    try {
      localStorage.setItem(STORED, theme.value)
    } catch {
      /* not remembered, that is all */
    }
  })
}
