// How threads share a job: the caller publishes it, and every thread, the caller among them, takes chunk after chunk of its units
// until none is left. The caller waits for chunks that were taken, not for threads: one that is late, asleep or gone takes none.
//
// A claim is a number from one counter that only grows; a chunk belongs to the job whose interval [base, base + chunks) holds
// it. Base and count are read as one word after the claim, so that a claim can never be taken for one of the next job.

import { atomic, type FunctionBuilder, type I32, i32, i64, type Local, type ModuleBuilder } from '../emitter/index.ts';
import { poolAddress } from '../layout.ts';
import { jobSignature } from './job.ts';

/** Words of the pool's memory; those that threads write have cache lines of their own. */
export const poolFields = {
  /** Counts jobs: what idle threads watch. */
  epoch: poolAddress,
  /** The next claim. */
  claim: poolAddress + 64,
  /** Chunks of the present job that are done. */
  done: poolAddress + 128,
  /** Threads that sleep until the epoch changes. */
  sleepers: poolAddress + 192,
  /** Base of the job's claims, and their number in the upper word. */
  interval: poolAddress + 256,
  job: poolAddress + 264,
  params: poolAddress + 268,
  units: poolAddress + 272,
  /** Units of a chunk. */
  grain: poolAddress + 276,
  /** 1 while the caller sleeps until all is done. */
  callerWaits: poolAddress + 320,
  /** 1 once threads shall end. */
  quit: poolAddress + 384,
  /** Counts threads that ended by an error. */
  lost: poolAddress + 388,
} as const;

/** More threads than this are not started: claims of two jobs keep this distance. */
export const maximumThreads = 64;

/** Looks before a thread goes to sleep: about 50 µs, longer than the host needs between two ops of a step. */
const idleLooks = 40_000;
/** Looks of the caller for the last chunks of others before it sleeps: about 100 µs. */
const callerLooks = 80_000;

/** Takes chunks of the present job until none is left. */
const emitTakeChunks = (m: ModuleBuilder) =>
  m.inner('pool_take_chunks', { workspace: 'i32' }, (f, p) => {
    const like = m.signature(jobSignature);
    const claim = f.local('i32');
    const base = f.local('i32');
    const interval = f.local('i64');
    const begin = f.local('i32');
    const end = f.local('i32');
    const take = (): I32 => {
      f.set(claim, atomic.add(poolFields.claim, 1));
      f.set(interval, atomic.loadI64(poolFields.interval));
      f.set(base, i32.wrapI64(interval));
      return i32.ltU(i32.sub(claim, base), i32.wrapI64(i64.shrU(interval, i64.const(32n))));
    };
    const goes = f.let(take());
    f.while(goes, () => {
      const grain = i32.load(poolFields.grain);
      const units = f.let(i32.load(poolFields.units));
      f.set(begin, i32.mul(i32.sub(claim, base), grain));
      f.set(end, i32.add(begin, grain));
      // the last chunk may be shorter, and its end may pass 2^32
      f.if(i32.gtU(i32.sub(end, begin), i32.sub(units, begin)), () => f.set(end, units));
      f.callIndirect(like, i32.load(poolFields.job), i32.load(poolFields.params), begin, end, p.workspace);
      const chunks = i32.wrapI64(i64.shrU(interval, i64.const(32n)));
      f.if(i32.eq(i32.add(atomic.add(poolFields.done, 1), 1), chunks), () => {
        f.if(atomic.load(poolFields.callerWaits), () => f.drop(atomic.notify(poolFields.done, 1)));
      });
      f.set(goes, take());
    });
  });

/** Looks until `ready` or `looks` times; the result tells whether it came. */
const lookFor = (f: FunctionBuilder, looks: number, ready: () => I32): Local<'i32'> => {
  const left = f.letI32(looks);
  const came = f.let(ready());
  f.while(i32.and(i32.eqz(came), i32.ne(left, 0)), () => {
    f.advance(left, -1);
    f.set(came, ready());
  });
  return came;
};

export const emitPool = (m: ModuleBuilder): void => {
  const takeChunks = emitTakeChunks(m);

  // The life of a thread: 0 when it was told to end, 1 when it waited `idle` nanoseconds for nothing.
  m.valued('pool_thread', { workspace: 'i32', idle: 'i64' }, 'i32', (f, p) => {
    const result = f.letI32(-1);
    const seen = f.local('i32');
    f.while(i32.ltS(result, 0), () => {
      f.set(seen, atomic.load(poolFields.epoch));
      f.call(takeChunks, p.workspace);
      const changed = (): I32 => i32.or(i32.ne(atomic.load(poolFields.epoch), seen), atomic.load(poolFields.quit));
      f.if(i32.eqz(lookFor(f, idleLooks, changed)), () => {
        f.drop(atomic.add(poolFields.sleepers, 1));
        const woken = f.let(atomic.wait(poolFields.epoch, seen, p.idle));
        f.drop(atomic.add(poolFields.sleepers, -1));
        f.if(i32.eq(woken, 2), () => f.set(result, i32.const(1)));
      });
      f.if(atomic.load(poolFields.quit), () => f.set(result, i32.const(0)));
    });
    f.result(result);
  });

  /** Chunks that are taken and not yet done. */
  const emitJoin = (f: FunctionBuilder, mayWait: Local<'i32'>): void => {
    const chunks = f.let(i32.wrapI64(i64.shrU(atomic.loadI64(poolFields.interval), i64.const(32n))));
    const all = (): I32 => i32.eq(atomic.load(poolFields.done), chunks);
    f.if(i32.and(i32.eqz(lookFor(f, callerLooks, all)), mayWait), () => {
      f.storeAtomic(poolFields.callerWaits, 1);
      const done = f.let(atomic.load(poolFields.done));
      f.if(i32.ne(done, chunks), () => {
        // 20 ms: then the host looks whether all threads still live
        f.drop(atomic.wait(poolFields.done, done, i64.const(20_000_000n)));
      });
      f.storeAtomic(poolFields.callerWaits, 0);
    });
    f.result(i32.sub(chunks, atomic.load(poolFields.done)));
  };

  // Runs a job on all threads; gives the number of chunks that are still being done, for pool_join to wait on.
  m.valued(
    'pool_run',
    {
      job: 'i32',
      params: 'i32',
      units: 'i32',
      grain: 'i32',
      chunks: 'i32',
      workspace: 'i32',
      mayWait: 'i32',
    },
    'i32',
    (f, p) => {
      f.storeI32(poolFields.job, p.job);
      f.storeI32(poolFields.params, p.params);
      f.storeI32(poolFields.units, p.units);
      f.storeI32(poolFields.grain, p.grain);
      f.storeAtomic(poolFields.done, 0);
      // past every claim that a thread made, or is about to make, on the job before
      const base = f.let(i32.add(atomic.load(poolFields.claim), maximumThreads));
      const count = i64.shl(i64.extendI32U(p.chunks), i64.const(32n));
      f.storeAtomicI64(poolFields.interval, i64.or(count, i64.extendI32U(base)));
      f.storeAtomic(poolFields.claim, base);
      f.drop(atomic.add(poolFields.epoch, 1));
      f.if(atomic.load(poolFields.sleepers), () => f.drop(atomic.notify(poolFields.epoch, maximumThreads)));
      f.call(takeChunks, p.workspace);
      emitJoin(f, p.mayWait);
    },
  );

  m.valued('pool_join', { mayWait: 'i32' }, 'i32', (f, p) => emitJoin(f, p.mayWait));
};
