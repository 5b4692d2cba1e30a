/** A stream of what comes, one part for each that is asked for; who cancels it leaves. */
export function readable<C, P>(chunks: AsyncIterableIterator<C>, partOf: (chunk: C) => P): ReadableStream<P> {
  return new ReadableStream<P>(
    {
      pull: async (controller) => {
        const { done, value } = await chunks.next();
        if (done === true) controller.close();
        else controller.enqueue(partOf(value));
      },
      cancel: async () => {
        await chunks.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}
