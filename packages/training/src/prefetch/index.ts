// Batches prepared ahead of the step by other threads.

export { BatchPool, type BatchPoolOptions, maxWorkers } from './batch-pool.ts';
export { type DataThread, nodeThreads, type StartThread, type ThreadEvents } from './data-thread.ts';
export type { Answer, CrossingError, Order, ServeOptions } from './messages.ts';
export type { SignedRecipe, StreamRecipe } from './recipe.ts';
export { type ServePort, serveBatches } from './serve.ts';
export { StepFeed } from './step-feed.ts';
