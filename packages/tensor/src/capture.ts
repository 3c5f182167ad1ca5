// Recording and replaying steps.

/**
 * Runs `action` now and, in a captured step, at this point of every replay: what a step does on the host, such as counting
 * itself and uploading a learning rate. `frozen` are the numbers that the action was given and will see again in each
 * replay; a capture refuses to replay a step whose frozen numbers change.
 */
export const hostAction = (_name: string, _frozen: readonly number[], action: () => void): void => action();
