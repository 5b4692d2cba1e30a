export async function demo(_args: readonly string[]): Promise<number> {
  return 1;
}
