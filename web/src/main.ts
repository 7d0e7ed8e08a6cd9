import { createApp } from 'vue'
import App from './App.vue'
import { whenRefused } from './api/client'
import { region } from './api/region'
import { account, setKey, takeKeyFromAddress } from './api/session'
import { i18n, rememberedLocale, setLocale } from './locales'
import { makeRouter } from './router'
import { startTheme } from './ui/theme'
import './ui/element'
import './styles/tokens.css'
import './styles/element.css'
import './styles/base.css'

takeKeyFromAddress()
startTheme()

const router = makeRouter()
whenRefused(() => {
  if (router.currentRoute.value.name === 'gate') return
  setKey(null)
  account.value = null
  region.value = null
  void router.replace({ name: 'gate', query: { reason: 'expired', to: router.currentRoute.value.fullPath } })
})

void setLocale(rememberedLocale()).then(() => createApp(App).use(i18n).use(router).mount('#app'))
