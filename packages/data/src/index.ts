// File formats, datasets with fixed held-out splits, samplers and classical baselines. Pure host code: no tensors.

export {
  audioBaseline,
  type BaselineResult,
  featureBaseline,
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
export { decodeArff } from './formats/arff.ts';
export { type DecodedAudio, decodeAudio, decodeMono, maxAudioSeconds, mixToMono } from './formats/audio.ts';
export { type CsvColumn, type CsvOptions, type CsvTable, parseCsv } from './formats/csv.ts';
export { type DelimitedOptions, decodeDelimited } from './formats/delimited.ts';
export { type DicomImage, type DicomWindow, decodeDicom, windowed } from './formats/dicom.ts';
export { type EmailText, readEmail, stripHtml } from './formats/email.ts';
export { decodeEnvi, type EnviCube } from './formats/envi.ts';
export { decodeGeoTiff, type GeoTiff } from './formats/geotiff.ts';
export { decodeGinGraphs, type LabelledGraphs } from './formats/gin.ts';
export { decodeGml } from './formats/gml.ts';
export { type Graph, type GraphOptions, maxGraphSize } from './formats/graph.ts';
export { decodeGraphMl } from './formats/graphml.ts';
export { decodeHdf5, type Hdf5Options, type Hdf5Value, maxHdf5Bytes } from './formats/hdf5.ts';
export { decodeIdx, type IdxArray } from './formats/idx.ts';
export { decodeJpeg, type JpegRaster, maxJpegScans, upright } from './formats/jpeg.ts';
export { decodeJsonLines, decodeJsonTable } from './formats/json.ts';
export { decodeLas } from './formats/las.ts';
export { createLogMel, type LogMel, type LogMelConfig, type MelSpectrogram } from './formats/log-mel.ts';
export { decodeMatlab, type MatlabOptions, type MatlabValue, maxMatlabBytes } from './formats/matlab.ts';
export { decodeMatrixMarket, graphOfMatrix, type SparseMatrix } from './formats/matrix-market.ts';
export { decodeNpy, decodeNpz, maxNpzBytes, type NpzOptions } from './formats/npy.ts';
export { decodeObj } from './formats/obj.ts';
export { decodeOff } from './formats/off.ts';
export { decodePcd, type PcdOptions } from './formats/pcd.ts';
export { decodePly } from './formats/ply.ts';
export { decodePng } from './formats/png.ts';
export {
  type AttributeArray,
  type AttributeType,
  type Geometry,
  type Mesh,
  maxPoints,
  type PointOptions,
  type PointSet,
} from './formats/points.ts';
export {
  type FiniteOptions,
  maxDecodedBytes,
  type NdArray,
  type NumericArray,
  type Raster,
  type SizeOptions,
} from './formats/raster.ts';
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
export { createSmilesReader, decodeSmiles, maxSmilesLength, type SmilesReader } from './formats/smiles.ts';
export {
  type BytesColumn,
  type IntegerColumn,
  maxRows,
  type NestedColumn,
  type NumberColumn,
  type Table,
  type TableColumn,
  type TableOptions,
  type TextColumn,
  Timestamp,
} from './formats/table.ts';
export { decodeTiff, type TiffOptions, type TiffPage } from './formats/tiff.ts';
export { decodeTs, type TsFile, type TsSeries } from './formats/ts-series.ts';
export { decodeXyz, type XyzOptions } from './formats/xyz.ts';
export { type Modality, modalities, modalitiesWithData } from './modality.ts';
export {
  type FactorName,
  type Factors,
  factorNames,
  firstTestIndex,
  type Latent,
  latentOf,
  type Semantics,
  semanticsOf,
} from './poly13/latent.ts';
export { type Poly13, type Poly13Options, type Poly13Raw, poly13 } from './poly13/poly13.ts';
export { EpochSampler } from './sampling/epoch-sampler.ts';
export { hashCounter, hashText, mix32 } from './sampling/hash.ts';
export { type Seed, shuffledIndices } from './sampling/shuffle.ts';
export { sampleSurface } from './sampling/surface.ts';
