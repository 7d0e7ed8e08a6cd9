// The main navigation: a line per page, in the order people need them. A page adds its line here and its route in `router.ts`.
import type { TextKey } from '@/locales'
import type { RouteName } from '@/router'

/** From least to most; a reader sees what their role, or a lesser one, may open. */
const ROLES = ['source', 'screen', 'clerk', 'staff', 'manager', 'administrator'] as const
export type Role = (typeof ROLES)[number]

export interface NavigationEntry {
  /** Name of the route it leads to. */
  readonly route: RouteName
  /** Its word in the locale files. */
  readonly text: TextKey
  /** The least role that may open it. */
  readonly least: Role
}

export const NAVIGATION: readonly NavigationEntry[] = [
  { route: 'cockpit', text: 'now.cockpit', least: 'staff' },
  { route: 'board', text: 'app.board', least: 'clerk' },
  { route: 'effect', text: 'effect.nav', least: 'clerk' },
  { route: 'rules', text: 'rules.nav', least: 'clerk' },
  { route: 'quality', text: 'quality.nav', least: 'staff' },
]

export function reaches(role: Role, least: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(least)
}

/** Whether the reader may see other people's points and lists. */
export function readsEverybody(role: string | undefined): boolean {
  return role !== undefined && reaches(role as Role, 'staff')
}

/** Whether the reader may try drafts of the rules. */
export function mayTryRules(role: string | undefined): boolean {
  return role !== undefined && reaches(role as Role, 'manager')
}
