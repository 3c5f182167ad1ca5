// File formats, datasets with fixed held-out splits, samplers and classical baselines. Pure host code: no tensors.

export {
  audioBaseline,
  type BaselineResult,
  featureBaseline,
  imageBaseline,
  imuBaseline,
  persistenceBaseline,
  ridgeBaseline,
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
export { craniumPreparation, loadCranium } from './datasets/cranium.ts';
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
  RawRgbDepth,
  RawSeries,
  RawTable,
  RawText,
  RawThermalPair,
  RawVideo,
  SeriesDataset,
  Split,
  TableDataset,
} from './datasets/dataset.ts';
export { fashionPreparation, loadFashionMnist } from './datasets/fashion-mnist.ts';
export { footballColumns, footballPreparation, loadFootball } from './datasets/football.ts';
export {
  furniturePreparation,
  loadFurnitureDepth,
  loadFurniturePoints,
} from './datasets/furniture.ts';
export { type GraphChoice, graphToRaw } from './datasets/graph-to-raw.ts';
export { relativeAttitude } from './datasets/imu-attitude.ts';
export { type InstrumentsOptions, loadInstruments } from './datasets/instruments.ts';
export { landsatPreparation, loadLandsat } from './datasets/landsat.ts';
export { loadMixedSpectra, mixedSpectraPreparation } from './datasets/mixed-spectra.ts';
export { loadMnist } from './datasets/mnist.ts';
export { loadMolecules, type MoleculeDataset, moleculeColumns, moleculesPreparation } from './datasets/molecules.ts';
export { loadPedometer } from './datasets/pedometer.ts';
export { loadPenguins } from './datasets/penguins.ts';
export type { Preparation, Progress } from './datasets/prepared.ts';
export { loadSeattleWeather } from './datasets/seattle-weather.ts';
export { loadSpamAssassin } from './datasets/spam-assassin.ts';
export { createSplit, fingerprintOf, isHeldOut, splitOf, stratifiedHeldOut } from './datasets/split.ts';
export { loadMovingStamps, loadStamps, type Stamps, stampsPreparation } from './datasets/stamps.ts';
export { type TableDatasetOptions, tableDataset } from './datasets/table-dataset.ts';
export { DataError, type DataErrorCode, type DataErrorDetails, type Origin } from './errors.ts';
export { decodeArff } from './formats/arff.ts';
export { decodeArrow } from './formats/arrow.ts';
export { type AstStatistics, astFbank, astStatistics, createAstFeatures } from './formats/ast-features.ts';
export { type DecodedAudio, decodeAudio, decodeMono, maxAudioSeconds, mixToMono } from './formats/audio.ts';
export { maxAudioChannels } from './formats/audio-headers.ts';
export { decodeBmp } from './formats/bmp.ts';
export { type Bzip2Block, type Bzip2Input, type Bzip2Reader, createBzip2Reader } from './formats/bzip2.ts';
export { type ColumnarOptions, maxTableBytes } from './formats/column-values.ts';
export { type CsvColumn, type CsvOptions, type CsvTable, parseCsv } from './formats/csv.ts';
export { type DelimitedOptions, decodeDelimited } from './formats/delimited.ts';
export { type DicomImage, type DicomWindow, decodeDicom, windowed } from './formats/dicom.ts';
export { type EmailText, readEmail, stripHtml } from './formats/email.ts';
export { decodeEnvi, type EnviCube } from './formats/envi.ts';
export type { FfmpegCommands } from './formats/ffmpeg.ts';
export { decodeGeoTiff, type GeoTiff } from './formats/geotiff.ts';
export { decodeGinGraphs, type LabelledGraphs } from './formats/gin.ts';
export { decodeGml } from './formats/gml.ts';
export { type Graph, type GraphOptions, maxGraphSize } from './formats/graph.ts';
export { decodeGraphMl } from './formats/graphml.ts';
export { decodeHdf5, type Hdf5Options, type Hdf5Value, maxHdf5Bytes } from './formats/hdf5.ts';
export { type Hdf5File, maxHdf5BlockBytes, withHdf5File } from './formats/hdf5-file.ts';
export { decodeIdx, type IdxArray } from './formats/idx.ts';
export { decodeJpeg, type JpegRaster, maxJpegScans, upright } from './formats/jpeg.ts';
export { decodeJsonLines, decodeJsonTable } from './formats/json.ts';
export {
  createKaldiFbank,
  type Fbank,
  type KaldiFbank,
  type KaldiFbankConfig,
  type KaldiWindow,
  kaldiDefaults,
} from './formats/kaldi-fbank.ts';
export { decodeLas } from './formats/las.ts';
export { createLogMel, type LogMel, type LogMelConfig, type MelSpectrogram } from './formats/log-mel.ts';
export { decodeMatlab, type MatlabOptions, type MatlabValue, maxMatlabBytes } from './formats/matlab.ts';
export { decodeMatrixMarket, graphOfMatrix, type SparseMatrix } from './formats/matrix-market.ts';
export { atomClasses, bondClasses, createMoleculeReader, type MoleculeReader } from './formats/molecule-features.ts';
export { decodeNpy, decodeNpz, maxNpzBytes, type NpzOptions } from './formats/npy.ts';
export { decodeObj } from './formats/obj.ts';
export { decodeOff } from './formats/off.ts';
export { decodeParquet } from './formats/parquet.ts';
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
export { maxTarEntryBytes, readTarStream, type TarOptions } from './formats/tar-stream.ts';
export { decodeTiff, type TiffOptions, type TiffPage } from './formats/tiff.ts';
export { decodeTs, type TsFile, type TsSeries } from './formats/ts-series.ts';
export { decodeVideo, type VideoOptions, type VideoReaders, videoReaders } from './formats/video.ts';
export type { DecodedVideo, FrameOptions } from './formats/video-frames.ts';
export { type FramePicks, maxVideoFrames, maxVideoSeconds, pickFrames } from './formats/video-picks.ts';
export { stripWikitext } from './formats/wikitext.ts';
export { decodeXyz, type XyzOptions } from './formats/xyz.ts';
export { type Modality, modalities, modalitiesWithData } from './modality.ts';
export {
  cropImage,
  cropPlane,
  type FitOptions,
  fitDepth,
  fitIds,
  fitImage,
  fitPlane,
  type PixelBox,
} from './pictures/fit.ts';
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
export {
  type DatasetOfOptions,
  datasetOf,
  defaultLoadedBytes,
  type LoadedTargets,
  maxParallelReads,
  type TargetKind,
  type TargetOf,
  withImuStatistics,
} from './published/dataset-of.ts';
export { ego4dChannels, imuStatistics } from './published/ego4d-imu.ts';
export { modelNet40Classes } from './published/modelnet40.ts';
export {
  type CheckOptions,
  type CheckResult,
  checkPublished,
  isPublishedName,
  openPublished,
  publishedNames,
} from './published/open.ts';
export type { PublishedGraphs } from './published/pcqm4mv2.ts';
export {
  corruptPoints,
  type PointCorruption,
  pointCorruptions,
  type Severity,
  severities,
} from './published/point-corruptions.ts';
export type {
  PublishedChannels,
  PublishedDataset,
  PublishedDefinition,
  PublishedExample,
  PublishedOptions,
  PublishedSplit,
  PublishedTable,
  PublishedTarget,
  Setting,
} from './published/published.ts';
export { definitions as publishedDefinitions, type PublishedName, type PublishedRaw } from './published/registry.ts';
export { EpochSampler } from './sampling/epoch-sampler.ts';
export { hashCounter, hashText, mix32 } from './sampling/hash.ts';
export { type Seed, shuffledIndices } from './sampling/shuffle.ts';
export { sampleSurface } from './sampling/surface.ts';
export { expandBraces, maxShards } from './webdataset/brace.ts';
export { type FieldDecoder, type FieldDecoders, fieldDecoders, splitFieldName } from './webdataset/fields.ts';
export {
  createShardReader,
  maxSampleBytes,
  type ShardReader,
  type ShardReaderOptions,
  type ShardReaderState,
  type ShardSample,
} from './webdataset/shard-reader.ts';
export { type SampleToWrite, type WriteShardsOptions, writeShards } from './webdataset/write-shards.ts';
