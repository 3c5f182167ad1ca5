// The thirteen modalities, in the order in which every table of the project lists them.

/** Those whose real data an install from npm brings. The others have sets that `omnigrad data fetch` gets, and Poly-13 has all. */
export const modalitiesWithData = ['image', 'text', 'audio', 'tabular', 'timeseries', 'imu'] as const;

export const modalities = [
  ...modalitiesWithData,
  'video',
  'depth',
  'pointcloud',
  'graph',
  'xray',
  'infrared',
  'hyperspectral',
] as const;

export type Modality = (typeof modalities)[number];
