// OMNIGRAD_PROFILE in Node's environment: every backend is a profiled one, and at its end, or else that of the process, tells where
// the time went (profile-report.ts of packages/tensor).

import { profilesAreAsked, reportProfileAtEnd } from '@omnigrad/tensor';
import type { CpuBackendInstance } from './backend.ts';
import { Profiler } from './profile.ts';

class ReportingProfiler extends Profiler {
  readonly #report = reportProfileAtEnd(() => (this.hasRun ? this.profile() : null));

  override dispose(): void {
    this.#report();
    super.dispose();
  }
}

/** `backend`, or where OMNIGRAD_PROFILE asks for it a profiled one that reports. */
export const profiledIfAsked = (backend: CpuBackendInstance): CpuBackendInstance =>
  profilesAreAsked() ? new ReportingProfiler(backend) : backend;
