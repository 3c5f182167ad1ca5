// The first bytes of the memory, which no operand gets.

/** Zeros that nothing writes: what products without a bias add. */
export const zeroAddress = 256;
export const zeroBytes = 256;
/** Parameters of the job that runs. */
export const paramAddress = zeroAddress + zeroBytes;
export const paramBytes = 1024;
/** What the threads of the pool share; kernels/pool.ts has the fields. */
export const poolAddress = paramAddress + paramBytes;
export const poolBytes = 1024;
/** Where operands begin. */
export const firstAddress = 4096;
