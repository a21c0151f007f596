/** Waits some milliseconds. A process that has nothing else to do ends meanwhile: Ctrl+C waits for no rate and no story. */
export function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds).unref();
  });
}
