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
/** Constants of the kernels, 32 bits each. */
export const constantsAddress = 4096;
export const constantsBytes = 4096;
/** Where operands begin. */
export const firstAddress = constantsAddress + constantsBytes;
