// Ten laws of motion, one a kind: what the video shows and the IMU feels.

/** Place x right, y up, z ahead (in amplitudes) and attitude roll, pitch, yaw (rad) at a phase (rad). */
export type Motion = readonly [x: number, y: number, z: number, roll: number, pitch: number, yaw: number];

const { sin, cos, tanh } = Math;

export const laws: readonly { readonly name: string; readonly at: (phase: number) => Motion }[] = [
  { name: 'spins', at: (p) => [0, 0, 0, 0, 0, p] },
  { name: 'sways', at: (p) => [sin(p), 0, 0, 0, 0, 0] },
  { name: 'hops', at: (p) => [0, 2 * sin(p / 2) ** 4, 0, 0, 0, 0] },
  { name: 'circles', at: (p) => [cos(p), sin(p), 0, 0, 0, 0] },
  { name: 'weaves', at: (p) => [sin(p), 0.4 * sin(2 * p), 0, 0, 0, 0] },
  { name: 'rocks', at: (p) => [0, 0, 0, 0.7 * sin(p), 0, 0] },
  { name: 'nods', at: (p) => [0, 0, 0, 0, 0.7 * sin(p), 0] },
  { name: 'surges', at: (p) => [0, 0, sin(p), 0, 0, 0] },
  { name: 'jerks', at: (p) => [tanh(2 * sin(p)), 0, 0, 0, 0, 0.4 * sin(p)] },
  { name: 'rolls', at: (p) => [0.8 * sin(p), 0, 0, 1.2 * sin(p), 0, 0] },
];

/** Cycles a second, from slow to quick. */
export const rateOf = (speed: number): number => 0.5 + speed;
