// The modalities that have a dataset here, in the order in which every table of the project lists them.

export const modalities = ['image', 'text', 'audio', 'tabular', 'timeseries', 'imu'] as const;

export type Modality = (typeof modalities)[number];
