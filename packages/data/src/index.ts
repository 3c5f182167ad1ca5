// File formats, datasets with fixed held-out splits, samplers and classical baselines. Pure host code: no tensors.

export {
  audioBaseline,
  type BaselineResult,
  imageBaseline,
  imuBaseline,
  persistenceBaseline,
  ridgeForecastBaseline,
  tableBaseline,
  textBaseline,
  weatherClassBaseline,
} from './baselines/baselines.ts';
export { type FeatureSet, labelsOf, standardise } from './baselines/features.ts';
export {
  accuracy,
  fitLogisticRegression,
  type LogisticOptions,
  type LogisticRegression,
} from './baselines/logistic-regression.ts';
export { fitRidge, type Ridge } from './baselines/ridge.ts';
export type {
  CategoricalColumn,
  Channel,
  Column,
  Dataset,
  Example,
  ImuDataset,
  NumericColumn,
  RawAudio,
  RawCube,
  RawDepth,
  RawGraph,
  RawImage,
  RawImu,
  RawPlane,
  RawPoints,
  RawSeries,
  RawTable,
  RawText,
  RawVideo,
  SeriesDataset,
  Split,
  TableDataset,
} from './datasets/dataset.ts';
export { relativeAttitude } from './datasets/imu-attitude.ts';
export { type InstrumentsOptions, loadInstruments } from './datasets/instruments.ts';
export { loadMnist } from './datasets/mnist.ts';
export { loadPedometer } from './datasets/pedometer.ts';
export { loadPenguins } from './datasets/penguins.ts';
export { loadSeattleWeather } from './datasets/seattle-weather.ts';
export { loadSpamAssassin } from './datasets/spam-assassin.ts';
export { createSplit, fingerprintOf, isHeldOut, splitOf, stratifiedHeldOut } from './datasets/split.ts';
export { DataError, type DataErrorCode, type DataErrorDetails, type Origin } from './errors.ts';
export { type DecodedAudio, decodeAudio, decodeMono, maxAudioSeconds, mixToMono } from './formats/audio.ts';
export { type CsvColumn, type CsvOptions, type CsvTable, parseCsv } from './formats/csv.ts';
export { type EmailText, readEmail, stripHtml } from './formats/email.ts';
export { decodeIdx, type IdxArray } from './formats/idx.ts';
export { createLogMel, type LogMel, type LogMelConfig, type MelSpectrogram } from './formats/log-mel.ts';
export { resample } from './formats/resample.ts';
export {
  maxHeaderBytes,
  type SafeTensor,
  type SafetensorsData,
  type SafetensorsDtype,
  type SafetensorsFile,
} from './formats/safetensors.ts';
export { decodeSafetensors } from './formats/safetensors-decode.ts';
export { encodeSafetensors } from './formats/safetensors-encode.ts';
export { type Modality, type ModalityWithData, modalities, modalitiesWithData } from './modality.ts';
export { EpochSampler } from './sampling/epoch-sampler.ts';
export { hashCounter, hashText, mix32 } from './sampling/hash.ts';
export { type Seed, shuffledIndices } from './sampling/shuffle.ts';
