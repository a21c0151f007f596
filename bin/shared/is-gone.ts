/** Whether a call failed because its resource does not exist: the services name that error differently. */
export function isGone(error: unknown): boolean {
  return /NotFound|NonExistent|DoesNotExist/.test((error as Error).name);
}
