// All published datasets, in the order of the modalities.

import type {
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
} from '../datasets/dataset.ts';
import { audioSet } from './audioset.ts';
import { adult, bankMarketing } from './census.ts';
import { chestXray14 } from './chestx-ray14.ts';
import { dialogSum, samSum } from './dialogue-summaries.ts';
import { ego4dImu } from './ego4d-imu.ts';
import { esc50 } from './esc-50.ts';
import { etth1, exchange, traffic, weather } from './forecast.ts';
import { glue } from './glue.ts';
import { hmdb51 } from './hmdb51.ts';
import { imagenet1k } from './imagenet-1k.ts';
import { inaturalist2018 } from './inaturalist-2018.ts';
import { kinetics400 } from './kinetics-400.ts';
import { llvip } from './llvip.ts';
import { modelNet40 } from './modelnet40.ts';
import { modelNet40C } from './modelnet40-c.ts';
import { momentsInTime } from './moments-in-time.ts';
import { msrVtt } from './msr-vtt.ts';
import { nyuv2 } from './nyuv2.ts';
import { pcqm4mv2 } from './pcqm4mv2.ts';
import { places365 } from './places-365.ts';
import type { PublishedDefinition } from './published.ts';
import { regdb } from './regdb.ts';
import { s3dis } from './s3dis.ts';
import { scanObjectNN } from './scanobjectnn.ts';
import { indianPines, pavia } from './scenes.ts';
import { somethingSomethingV2 } from './something-something-v2.ts';
import { sunRgbd } from './sun-rgbd.ts';
import { tbXray } from './tb-xray.ts';
import { ucf101 } from './ucf101.ts';
import { uciHar } from './uci-har.ts';
import { wikipedia } from './wikipedia.ts';
import { youCook2 } from './youcook2.ts';

export type PublishedRaw =
  | RawAudio
  | RawCube
  | RawDepth
  | RawGraph
  | RawImage
  | RawImu
  | RawPlane
  | RawPoints
  | RawSeries
  | RawTable
  | RawText
  | RawVideo;

export const definitions = {
  // image
  'imagenet-1k': imagenet1k,
  'inaturalist-2018': inaturalist2018,
  'places-365': places365,
  // video
  'kinetics-400': kinetics400,
  'something-something-v2': somethingSomethingV2,
  'moments-in-time': momentsInTime,
  hmdb51,
  ucf101,
  'msr-vtt': msrVtt,
  youcook2: youCook2,
  // audio
  audioset: audioSet,
  'esc-50': esc50,
  // text
  wikipedia,
  dialogsum: dialogSum,
  samsum: samSum,
  glue,
  // depth
  'sun-rgbd': sunRgbd,
  nyuv2,
  // pointcloud
  modelnet40: modelNet40,
  'modelnet40-c': modelNet40C,
  scanobjectnn: scanObjectNN,
  s3dis,
  // timeseries
  etth1,
  exchange,
  weather,
  traffic,
  // tabular
  adult,
  'bank-marketing': bankMarketing,
  // graph
  pcqm4mv2,
  // xray
  'chestx-ray14': chestXray14,
  'tb-xray': tbXray,
  // infrared
  regdb,
  llvip,
  // imu
  'uci-har': uciHar,
  'ego4d-imu': ego4dImu,
  // hyperspectral
  'indian-pines': indianPines,
  pavia,
} as const satisfies Readonly<Record<string, PublishedDefinition<PublishedRaw>>>;

export type PublishedName = keyof typeof definitions;
