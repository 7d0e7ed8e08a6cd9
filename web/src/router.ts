import { createRouter, createWebHistory, type Router } from 'vue-router'
import { key, keyOfFragment, setKey } from './api/session'

export function makeRouter(): Router {
  const router = createRouter({
    history: createWebHistory(),
    scrollBehavior: (to, from, saved) => saved ?? (to.path === from.path ? {} : to.hash === '' ? { top: 0 } : {}),
    routes: [
      { path: '/', redirect: '/board' },
      { path: '/sign-in', name: 'gate', component: () => import('./pages/gate/GatePage.vue') },
      { path: '/board', name: 'board', component: () => import('./pages/board/BoardPage.vue') },
      {
        path: '/subject/:kind(person|window|department|hall)/:code',
        name: 'subject',
        component: () => import('./pages/subject/SubjectPage.vue'),
      },
      {
        path: '/entry/:region/:position(\\d+)',
        name: 'entry',
        component: () => import('./pages/entry/EntryPage.vue'),
      },
      { path: '/:path(.*)*', name: 'missing', component: () => import('./pages/problem/MissingPage.vue') },
    ],
  })
  router.beforeEach((to) => {
    // A key may also come by an address pasted into the open page.
    const found = keyOfFragment(to.hash)
    if (found !== null) {
      setKey(found)
      return { path: to.path, query: to.query, hash: '', replace: true }
    }
    if (key.value === null && to.name !== 'gate' && to.name !== 'missing') {
      return { name: 'gate', query: to.path === '/board' && to.fullPath === '/board' ? {} : { to: to.fullPath } }
    }
    return true
  })
  return router
}
