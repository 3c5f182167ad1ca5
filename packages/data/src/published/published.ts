// Published datasets in the layout in which their authors give them out: what one is, and the folder of a user's copy.
// Unlike the small sets of ../datasets they may be far larger than memory, so examples are read one by one, and a fault in
// one file does not hide the others: `check` goes on where `open` stops.

import type { Channel, Column, RawTable } from '../datasets/dataset.ts';
import type { DataError } from '../errors.ts';
import type { Modality } from '../modality.ts';
import type { Folder } from './folder.ts';

/** What an example is to be answered with. */
export type PublishedTarget =
  /** One of `classes`. */
  | { readonly kind: 'class'; readonly id: number }
  /** Any number of `classes`, ascending. */
  | { readonly kind: 'labels'; readonly ids: readonly number[] }
  /** Numbers, in the units that the definition's `metric` names. */
  | { readonly kind: 'values'; readonly values: Float32Array }
  /** A class of each pixel or point, in the order of the input; -1 is not scored. */
  | { readonly kind: 'dense'; readonly ids: Int32Array }
  /** Texts that would be right: a summary, captions. */
  | { readonly kind: 'texts'; readonly texts: readonly string[] }
  /** Whom a picture shows and which camera took it. */
  | { readonly kind: 'identity'; readonly id: number; readonly camera: number }
  /** The future of a series is in the input itself; a split without labels has none. */
  | { readonly kind: 'none' };

export interface PublishedExample<Raw> {
  readonly input: Raw;
  readonly target: PublishedTarget;
  /** Stable name inside the dataset: usually the path of its file. */
  readonly id: string;
}

export interface PublishedSplit<Raw> {
  readonly name: string;
  readonly length: number;
  /** What must not lie on two sides of a split (subject, patient, area, fold) of each example; null where there is none. */
  readonly groups: readonly string[] | null;
  /** @throws {DataError} of the example's files; out-of-range */
  get(index: number): Promise<PublishedExample<Raw>>;
  /** The target alone, from the lists: no file of the example is read. Left out where it is in those. @throws {DataError} out-of-range */
  target?(index: number): PublishedTarget;
}

export interface PublishedDataset<Raw> {
  readonly name: string;
  readonly modality: Modality;
  readonly classes: readonly string[];
  readonly splits: ReadonlyMap<string, PublishedSplit<Raw>>;
  /** Hash of the lists read, the rule and who is on which side: 32 hexadecimal digits. The media files are not hashed. */
  readonly fingerprint: string;
}

/** A dataset with the statistics of its train split, which a tokenizer of series, motion or spectra must be told. */
export interface PublishedChannels<Raw> extends PublishedDataset<Raw> {
  readonly channels: readonly Channel[];
}

/** The same for tables. */
export interface PublishedTable extends PublishedDataset<RawTable> {
  readonly columns: readonly Column[];
}

/** Takes a fault of one row or file. `open` throws it; `check` keeps it and goes on, and then the row is left out. */
export type Report = (fault: DataError) => void;

export interface PublishedOptions {
  /** Of the sets that have several official protocols (fold, area, trial, subset): which; default the first of `protocols`. */
  readonly protocol?: string;
  /** Other values for the definition's `settings`. */
  readonly settings?: Readonly<Record<string, number>>;
}

/** A whole number that the files leave open: points drawn from a mesh, the side of a patch. */
export interface Setting {
  readonly default: number;
  readonly least: number;
  readonly most: number;
  readonly meaning: string;
}

/** How to open a dataset, and what a reader of the documentation must know of it. */
export interface PublishedDefinition<Raw> {
  /** As on the command line: `esc-50`. */
  readonly name: string;
  /** As its authors write it: `ESC-50`. */
  readonly title: string;
  readonly modality: Modality;
  /** A second modality that comes with it: the caption of a video, the thermal partner of a picture. */
  readonly with?: readonly Modality[];
  readonly task: string;
  readonly metric: string;
  readonly licence: string;
  /** Where a person gets it: the publisher's page in words or as an address. */
  readonly source: string;
  /** The folder as published, one entry a line, placeholders in angle brackets: `audio/<fold>-<clip>-<take>-<target>.wav`. */
  readonly layout: readonly string[];
  /** Official splits, one line. */
  readonly split: string;
  /** Examples of each split as published, under the first protocol: `check` says what share of them a copy has. */
  readonly counts?: Readonly<Record<string, number>>;
  /** Names for PublishedOptions.protocol; empty where there is one only. */
  readonly protocols: readonly string[];
  /** Names for PublishedOptions.settings. */
  readonly settings?: Readonly<Record<string, Setting>>;
  /** What is not read, or read otherwise than other programs do; one line each. */
  readonly notes: readonly string[];
  /** @throws {DataError} where nothing can be read at all; everything smaller goes to `report`. */
  open(folder: Folder, report: Report, options: PublishedOptions): Promise<PublishedDataset<Raw>>;
}
