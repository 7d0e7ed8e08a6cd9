// The main navigation: a line per page, in the order people need them. A page adds its line here and its route in `router.ts`.
import { computed } from 'vue'
import { region } from '@/api/region'
import { account } from '@/api/session'
import type { Permission } from '@/api/types'
import type { RoleWord, TextKey } from '@/locales'
import type { RouteName } from '@/router'

export type Role = RoleWord

export interface NavigationEntry {
  /** Name of the route it leads to. */
  readonly route: RouteName
  /** Its word in the locale files. */
  readonly text: TextKey
  /** What it takes to open it. */
  readonly needs: Permission
}

export const NAVIGATION: readonly NavigationEntry[] = [
  { route: 'cockpit', text: 'now.cockpit', needs: 'hall.read' },
  { route: 'board', text: 'app.board', needs: 'sums.read' },
  { route: 'effect', text: 'effect.nav', needs: 'effect.read' },
  { route: 'settlement', text: 'settlement.nav', needs: 'settlement.read' },
  { route: 'rules', text: 'rules.nav', needs: 'rules.read' },
  { route: 'quality', text: 'quality.nav', needs: 'quality.read' },
]

/** Who sees the sessions of the whole region, and not their own alone. */
export const seesAllSessions = computed(() => ['administrator', 'security_administrator'].includes(account.value?.role ?? region.value?.key.role ?? ''))

/** Whether the reader may do this somewhere; where, is the server's to say. */
export function may(permission: Permission): boolean {
  return region.value?.key.permissions.includes(permission) === true
}
