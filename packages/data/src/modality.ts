// The thirteen modalities, in the order in which every table of the project lists them.

/** Those that have a dataset of real data here; Poly-13 has all. */
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
