const place = 'holdfast.token';

/**
 * The token that the server put behind the `#` of the page's address. It is kept for this tab alone and taken out of
 * the address bar, so that neither a bookmark nor a shared link carries it.
 */
export function takeToken(): string | undefined {
  const given = tokenIn(location.hash);
  if (given === undefined) return sessionStorage.getItem(place) ?? undefined;
  sessionStorage.setItem(place, given);
  history.replaceState(null, '', location.pathname + location.search);
  return given;
}

/** `#token=abc` → `abc` */
export function tokenIn(fragment: string): string | undefined {
  return new URLSearchParams(fragment.replace(/^#/, '')).get('token') || undefined;
}
