// What pages take: nothing here, and nothing that it imports, is of Node.

export type { RawVideo } from './datasets/dataset.ts';
export { DataError, type DataErrorCode } from './errors.ts';
export { maxDecodedBytes, type SizeOptions } from './formats/raster.ts';
export type { DecodedVideo, FrameOptions } from './formats/video-frames.ts';
export { type FramePicks, maxVideoFrames, maxVideoSeconds } from './formats/video-picks.ts';
export { decodeWebVideo, maxWebVideoBytes, type WebVideoOptions } from './formats/video-web.ts';
export type { Seed } from './sampling/shuffle.ts';
