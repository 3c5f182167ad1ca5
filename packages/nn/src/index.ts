export * from './adamw.ts';
export { clipGradNorm, clipGradValue } from './clip.ts';
export * from './ema.ts';
export * from './gradients.ts';
export * from './init.ts';
export * from './layers/index.ts';
export * from './module.ts';
export {
  type AnyOptimizer,
  Optimizer,
  type OptimizerGroup,
  type ParameterState,
  type Rate,
  type StepOptions,
  type UpdateInput,
  type UpdateRule,
} from './optimizer.ts';
export * from './optimizers.ts';
export * from './parameters.ts';
export * from './schedule.ts';
export * from './tokens.ts';
