/** `2026-11-23 14:05:09`, in the time of this machine. */
export function timeOf(at: number): string {
  return new Date(at).toLocaleString('sv-SE');
}
