import { isAtLeast, type Role } from '../../staff/roles.ts';
import type { SignedIn } from '../../staff/signed-in.ts';
import { routes } from '../routes.ts';

export type NavigationItem = { label: string; href: string; icon: string; isCurrent: boolean };

const AREAS = [
  { label: 'Home', href: '/', icon: 'home' },
  { label: 'People', href: '/people', icon: 'people' },
  { label: 'Segments', href: '/segments', icon: 'segments' },
  { label: 'Messages', href: '/messages', icon: 'messages' },
  { label: 'Reports', href: '/reports', icon: 'reports' },
  { label: 'Sources', href: '/sources', icon: 'sources' },
  { label: 'Imports', href: '/imports', icon: 'imports' },
  { label: 'Destinations', href: '/destinations', icon: 'destinations' },
  { label: 'Settings', href: '/settings', icon: 'settings' },
];

/** The product around a page. */
export function shellFrame(user: SignedIn, path: string) {
  return {
    layout: 'layout',
    navigation: navigationFor(user.role, path),
    user: { name: user.name, email: user.email, initials: initialsOf(user.name), role: user.role },
    workspace: user.workspaces.find(({ id }) => id === user.workspaceId)!,
    otherWorkspaces: user.workspaces.filter(({ id }) => id !== user.workspaceId),
    path,
  };
}

/** A card alone, for those who are not signed in. */
export function entryFrame() {
  return { layout: 'entry' };
}

/** Made from the site map: an area that the role may not open is not offered. */
export function navigationFor(role: Role, path: string): NavigationItem[] {
  return AREAS.filter(({ href }) => isOpenTo(role, href)).map((area) => ({
    ...area,
    isCurrent: isWithin(path, area.href),
  }));
}

function isOpenTo(role: Role, href: string): boolean {
  const route = routes.find((each) => each.method === 'get' && each.path === href);
  if (!route) return false;
  return (
    route.role === 'signed-in' ||
    ((route.role === 'viewer' || route.role === 'marketer' || route.role === 'admin') &&
      isAtLeast(role, route.role))
  );
}

function isWithin(path: string, href: string): boolean {
  return path === href || (href !== '/' && path.startsWith(`${href}/`));
}

function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/);
  const letters = [words[0], words.length > 1 ? words.at(-1) : ''].map((word) => [...(word ?? '')][0] ?? '');
  return letters.join('').toUpperCase() || '?';
}
