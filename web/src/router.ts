import { createRouter, createWebHistory, type Router, type RouteRecordRaw } from 'vue-router'
import { askAccount } from './api/client'
import { key, keyOfFragment, setKey } from './api/session'
import { compact } from './ui/useQuery'

declare module 'vue-router' {
  interface RouteMeta {
    /** Opens without signing in. */
    open?: true
    /** Fills the screen: no bar above, no footer below. */
    bare?: true
  }
}

/** Every page; those of the main navigation are listed in `ui/navigation.ts`. */
const ROUTES = [
  { path: '/', redirect: '/board' },
  { path: '/sign-in', name: 'gate', meta: { open: true }, component: () => import('./pages/gate/GatePage.vue') },
  { path: '/account', name: 'account', component: () => import('./pages/account/AccountPage.vue') },
  { path: '/access', name: 'access', component: () => import('./pages/access/AccessPage.vue') },
  { path: '/online', name: 'online', component: () => import('./pages/online/OnlinePage.vue') },
  { path: '/approvals', name: 'approvals', component: () => import('./pages/approvals/ApprovalsPage.vue') },
  { path: '/organisation', name: 'organisation', component: () => import('./pages/organisation/OrganisationPage.vue') },
  { path: '/announcements', name: 'announcements', component: () => import('./pages/announcements/AnnouncementsPage.vue') },
  { path: '/posts', name: 'posts', component: () => import('./pages/organisation/PostsPage.vue') },
  { path: '/dictionaries', name: 'dictionaries', component: () => import('./pages/organisation/DictionariesPage.vue') },
  { path: '/policy', name: 'policy', component: () => import('./pages/policy/PolicyPage.vue') },
  { path: '/why', name: 'why', component: () => import('./pages/why/WhyPage.vue') },
  { path: '/voice', name: 'voice', component: () => import('./pages/voice/VoicePage.vue') },
  { path: '/audit', name: 'audit', component: () => import('./pages/audit/AuditPage.vue') },
  { path: '/board', name: 'board', component: () => import('./pages/board/BoardPage.vue') },
  {
    path: '/subject/:kind(person|window|department|hall)/:code',
    name: 'subject',
    component: () => import('./pages/subject/SubjectPage.vue'),
  },
  { path: '/cockpit', name: 'cockpit', component: () => import('./pages/cockpit/CockpitPage.vue') },
  { path: '/now/:list(services|windows|cases|ratings)', name: 'now', component: () => import('./pages/now/NowPage.vue') },
  {
    path: '/entry/:region/:position(\\d+)',
    name: 'entry',
    component: () => import('./pages/entry/EntryPage.vue'),
  },
  { path: '/case/:key', name: 'case', component: () => import('./pages/case/CasePage.vue') },
  { path: '/service/:key', name: 'service', component: () => import('./pages/case/CasePage.vue') },
  { path: '/quality', name: 'quality', component: () => import('./pages/quality/QualityPage.vue') },
  { path: '/effect', name: 'effect', component: () => import('./pages/effect/EffectPage.vue') },
  { path: '/rules', name: 'rules', component: () => import('./pages/rules/RulesPage.vue') },
  { path: '/settlement', name: 'settlement', component: () => import('./pages/settlement/SettlementPage.vue') },
  { path: '/drafts', name: 'drafts', component: () => import('./pages/drafts/DraftsPage.vue') },
  { path: '/drafts/:digest([0-9a-f]{64})', name: 'draft', component: () => import('./pages/drafts/DraftPage.vue') },
  { path: '/whatif', name: 'whatif', component: () => import('./pages/whatif/WhatIfPage.vue') },
  { path: '/screen', name: 'screen', meta: { bare: true }, component: () => import('./pages/screen/ScreenPage.vue') },
  { path: '/public', name: 'public', meta: { open: true, bare: true }, component: () => import('./pages/public/PublicPage.vue') },
  { path: '/:path(.*)*', name: 'missing', meta: { open: true }, component: () => import('./pages/problem/MissingPage.vue') },
] as const satisfies readonly RouteRecordRaw[]

export type RouteName = Extract<(typeof ROUTES)[number], { name: string }>['name']

export function makeRouter(): Router {
  const router = createRouter({
    history: createWebHistory(),
    scrollBehavior: (to, from, saved) => saved ?? (to.path === from.path ? {} : to.hash === '' ? { top: 0 } : {}),
    routes: [...ROUTES],
  })
  router.beforeEach(async (to) => {
    // A key may also come by an address pasted into the open page.
    const found = keyOfFragment(to.hash)
    if (found !== null) {
      setKey(found)
      return { path: to.path, query: to.query, hash: '', replace: true }
    }
    if (key.value !== null || to.meta.open === true) return true
    const back = to.fullPath === '/board' ? {} : { to: to.fullPath }
    try {
      const account = await askAccount()
      if (account === null) return { name: 'gate', query: back }
      // Nothing is allowed before a password that was given is changed.
      if (account.must_change && to.name !== 'account') return { name: 'account', query: back }
      // A clerk has no list of people; their own page says where they stand.
      if (account.role === 'clerk' && account.person && to.name === 'board' && (to.query.subject ?? 'person') === 'person') {
        return { name: 'subject', params: { kind: 'person', code: account.person }, query: compact({ period: String(to.query.period ?? '') }), replace: true }
      }
    } catch {
      /* The server cannot be reached: the page says so, and can try again. */
    }
    return true
  })
  return router
}
