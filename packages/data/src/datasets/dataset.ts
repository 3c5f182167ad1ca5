// What a dataset is: two fixed splits of raw examples. Raw means as the file has it, decoded but not normalised, not
// tokenised, not augmented: that is for `tokenizers`. Statistics of the train split travel with the dataset.

import type { Modality } from '../modality.ts';

export interface Example<Raw> {
  readonly input: Raw;
  /** Class id, or -1 where the set has no labels. */
  readonly label: number;
  /** Stable name of the example inside its dataset. */
  readonly id: string;
}

export interface Split<Raw> {
  readonly name: 'train' | 'test';
  readonly length: number;
  /** @throws {DataError} out-of-range */
  get(index: number): Example<Raw>;
}

export interface Dataset<Raw> {
  readonly name: string;
  readonly modality: Modality;
  readonly classes: readonly string[];
  /** What the labels say, in a word that names the task: `garment`. Left out: what they say by custom in the modality. */
  readonly task?: string;
  readonly train: Split<Raw>;
  readonly test: Split<Raw>;
  /** One line: how it was split. */
  readonly split: string;
  /** Hash of the files read, the split rule and who is on which side: 32 hexadecimal digits. */
  readonly fingerprint: string;
}

export interface RawImage {
  /** `[height, width, channels]`, 0 to 255 */
  readonly pixels: Uint8Array;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

export interface RawVideo {
  /** `[frames, height, width, channels]`, 0 to 255 */
  readonly pixels: Uint8Array;
  readonly frames: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

export interface RawDepth {
  /** `[height, width]`, m along the optical axis; 0 where the sensor gave none. */
  readonly depth: Float32Array;
  readonly height: number;
  readonly width: number;
  /** Of the camera, in pixels of this image. */
  readonly focalLength: number;
  /** Between the two eyes of the sensor, m: Kinect v1 and v2 0.075, RealSense and Xtion 0.095 (Omnivore). */
  readonly baseline: number;
}

/** A picture of one quantity whose scale is known: an X-ray, or heat. */
export interface RawPlane {
  /** `[height, width]`, as many bits as the file has. */
  readonly values: Uint8Array | Uint16Array | Float32Array;
  readonly height: number;
  readonly width: number;
  /** Values that count as black and as white: 0 and 65535 of a 16-bit file, the ends of a DICOM window, temperatures. */
  readonly black: number;
  readonly white: number;
}

/** Depth with the picture of the same pixels. */
export interface RawRgbDepth extends RawDepth {
  readonly image: RawImage;
}

/** Heat with the picture of the same pixels. */
export interface RawThermalPair extends RawPlane {
  readonly visible: RawImage;
}

export interface RawCube {
  /** `[height, width, bands]`: reflectance or radiance, of the pixel in the middle and those around it. */
  readonly values: Float32Array;
  readonly height: number;
  readonly width: number;
  readonly bands: number;
}

export interface RawPoints {
  /** `[count, 3]`, in any unit */
  readonly positions: Float32Array;
  readonly count: number;
  /** `[count, features]`, for example colours; null where there are none. */
  readonly features: Float32Array | null;
}

export interface RawGraph {
  readonly nodes: number;
  /** Whether edges lead from their first node to their second only. */
  readonly directed: boolean;
  /** `[edges, 2]`: the nodes at both ends, from 0 on. An edge of an undirected graph is here once, in one of its two directions. */
  readonly edges: Int32Array | Uint32Array;
  /** `[nodes, features]`: numbers, or ids of classes from 0 on. */
  readonly nodeFeatures: Float32Array;
  /** `[edges, features]`, the same; null where there are none. */
  readonly edgeFeatures: Float32Array | null;
}

export interface RawText {
  readonly text: string;
  /** The second text of a pair: the hypothesis, the other question. */
  readonly pair?: string;
}

export interface RawAudio {
  /** Mono, about -1 to 1. */
  readonly samples: Float32Array;
  /** Hz */
  readonly sampleRate: number;
}

export interface RawTable {
  /** One value a column, in the order of the dataset's columns; null where it is missing. */
  readonly values: readonly (number | string | null)[];
}

export interface RawSeries {
  /** `[steps, channels]` */
  readonly history: Float32Array;
  /** `[horizon, channels]` */
  readonly future: Float32Array;
  readonly steps: number;
  readonly horizon: number;
  readonly channels: number;
  /** 1 to 366: the day of the year of the first row of `future`. */
  readonly dayOfYear: number;
  /** Days from row to row, 1/24 for hours; 1 where it is left out. */
  readonly stepDays?: number;
}

export interface RawImu {
  /** `[steps, channels]` */
  readonly window: Float32Array;
  readonly steps: number;
  readonly channels: number;
}

/** One channel of a series with the statistics of the train split. */
export interface Channel {
  readonly name: string;
  readonly unit: string;
  readonly mean: number;
  /** Population standard deviation; 1 where the channel is constant, so that dividing is safe. */
  readonly std: number;
}

export interface NumericColumn {
  readonly name: string;
  readonly kind: 'numeric';
  /** Over the present values of the train split. */
  readonly mean: number;
  readonly std: number;
}

export interface CategoricalColumn {
  readonly name: string;
  readonly kind: 'categorical';
  /** Those of the train split, sorted; a value of the test split may be none of them. */
  readonly categories: readonly string[];
}

export type Column = NumericColumn | CategoricalColumn;

export interface TableDataset extends Dataset<RawTable> {
  readonly columns: readonly Column[];
}

export interface SeriesDataset extends Dataset<RawSeries> {
  readonly channels: readonly Channel[];
}

export interface ImuDataset extends Dataset<RawImu> {
  /** Statistics of the windows as they stand. */
  readonly rawChannels: readonly Channel[];
  /** Statistics after `relativeAttitude`: what a model should be fed. */
  readonly channels: readonly Channel[];
}
